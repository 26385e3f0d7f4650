import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import type { MappingTls } from './mapping-tls.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { MappingUrl } from './mapping-url.ts'
import type { MessageSignature } from './message-signature.ts'
import type { TargetAuth } from './target-auth.ts'

/** What was done about the next version at the target: it was shown to the owner, or the owner has registered it. */
export interface MappingPreparation {
  readonly version: RecordId
  readonly state: 'handedOver' | 'registered'
  /** ISO 8601 in UTC. */
  readonly since: string
}

/** What calls have presented: they present it, or they did, and present the version before again. */
export interface MappingPromotion {
  readonly version: RecordId
  readonly state: 'presents' | 'rolledBack'
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
  readonly targetTls?: MappingTls
  readonly targetAuth?: TargetAuth
  readonly messageSignature?: MessageSignature
  /** How long the target may take to answer; undefined: as the deployment has it. */
  readonly answerTimeoutSeconds?: number
  /** The version of its certificate that calls present, where it is not the one in use. */
  readonly pinned?: RecordId
  /** It was disabled when it was given that version, so its calls have not presented the one in use before. */
  readonly pinnedDisabled?: true
  /** Absent: no promotion or rollback has named it. */
  readonly promotion?: MappingPromotion
  /** Beside the promotion: what a target refuses now stays known while its next version is handed over. */
  readonly prepared?: MappingPreparation
  /** The source of the document that has made it; absent: no document has. */
  readonly managedBy?: string
  /** The account's revision that last changed it. */
  readonly revision: number
}

/** Whether its calls need the certificate: they present it, or are signed with it. */
export function usesCertificate({ certificateId, messageSignature }: Mapping, id: CertificateId): boolean {
  return certificateId === id || messageSignature?.certificateId === id
}

/** It presented this version and was rolled back, and its owner has not registered the version since. */
export function isTakenBack({ promotion, prepared }: Mapping, version: RecordId): boolean {
  if (promotion?.state !== 'rolledBack' || promotion.version !== version) return false
  return prepared?.version !== version || prepared.state !== 'registered'
}
