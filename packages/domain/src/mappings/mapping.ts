import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { MappingUrl } from './mapping-url.ts'

/**
 * Where a mapping stands in the promotion of a version: it was shown to the owner of the target, who has registered it;
 * it was tried there; calls present it; they did, and present the one before again.
 */
export type PromotionState = 'handedOver' | 'registered' | 'tested' | 'presents' | 'rolledBack'

export interface MappingPromotion {
  readonly version: RecordId
  readonly state: PromotionState
  /** ISO 8601 in UTC. */
  readonly since: string
  /** How the target refused the version, where the gateway has found that: `rolledBack`, or both are refused. */
  readonly code?: string
}

export interface Mapping {
  readonly id: MappingId
  /** Unique in the account. */
  readonly name: string
  /** The service's number; together with `url` unique in the account. */
  readonly serviceId: string
  readonly url: MappingUrl
  readonly enable: boolean
  readonly certificateId: CertificateId
  readonly targetTrust?: MappingTrust
  /** How long the target may take to answer; undefined: as the deployment has it. */
  readonly answerTimeoutSeconds?: number
  /** The version of its certificate that calls present, where it is not the one in use. */
  readonly pinned?: RecordId
  /** Absent: it waits for whatever is promoted, or nothing is. */
  readonly promotion?: MappingPromotion
  /** The account's revision that last changed it. */
  readonly revision: number
}

/** Whether it says what was done at the target, and nothing of what calls present. */
export function isBeforeItPresents({ state }: MappingPromotion): boolean {
  return state === 'handedOver' || state === 'registered' || state === 'tested'
}
