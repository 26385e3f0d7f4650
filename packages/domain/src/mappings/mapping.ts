import type { CertificateId, MappingId } from '../identifiers/ids.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { MappingUrl } from './mapping-url.ts'

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
  /** The account's revision that last changed it. */
  readonly revision: number
}
