import { CodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'

/** CA certificates with a name, by which mappings trust them (docs/mappings.md). */
export interface TrustList {
  /** Unique in the account. Made by {@link parseTrustName}. */
  readonly name: string
  /** Names the record of the CA certificates, below `chains`. The trust of each mapping that uses it names the same. */
  readonly caRecordId: RecordId
  /** What answers tell of them, in the order of the record: nobody parses that again for it. */
  readonly certificates: readonly TrustedCa[]
  /** The source of the document that has made it; absent: no document has. */
  readonly managedBy?: string
  /** The account's revision that last changed it. */
  readonly revision: number
}

export interface TrustedCa {
  /** As RFC 4514 has it; cut where it is long. */
  readonly subject: string
  /** ISO 8601 in UTC. */
  readonly notAfter: string
  /** SHA-256 of the DER, in lower-case hex. */
  readonly fingerprintSha256: string
}

/** A step of a url: what issuers and sources are named by. */
const trustName = /^[a-z0-9-]{1,64}$/

/** @throws CodedError `VALIDATION_FAILED` */
export function parseTrustName(text: string, field: string): string {
  if (trustName.test(text)) return text
  throw new CodedError('VALIDATION_FAILED', 'The name of a trust list is 1 to 64 of the characters a-z 0-9 -.', {
    details: { field },
  })
}
