import type { AccountId, CertificateId, MappingId, RecordId } from './ids.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { MappingUrl } from './mapping-url.ts'
import type { Scope } from './scopes.ts'

/** Facts of a leaf certificate, without any secret. Times are ISO 8601 in UTC. */
export interface CertificateFacts {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintSha256: string
  /** SHA-256 of the SubjectPublicKeyInfo, base64url: what a signed chain is checked against without reading a key. */
  readonly spkiSha256: string
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex. */
  readonly serialNumber: string
  /** `RSA-2048`, `EC-P256`, `Ed25519`, ... */
  readonly keyType: string
  readonly notBefore: string
  readonly notAfter: string
  /** The clientAuth extended key usage: `unrestricted` where the certificate has no extended key usage at all. */
  readonly clientAuth: 'present' | 'absent' | 'unrestricted'
}

/** One key and chain that a certificate has had. Immutable: an in-place replacement makes a new one. */
export interface CertificateVersion extends CertificateFacts {
  readonly versionId: RecordId
  readonly keyId: RecordId
  readonly createdAt: string
  /** Codes of what is weak but works, found at upload. */
  readonly warnings: readonly string[]
}

export interface Certificate {
  readonly id: CertificateId
  /** Unique in the account. */
  readonly name: string
  readonly createdAt: string
  readonly updatedAt: string
  /** The account's revision that last changed it. */
  readonly revision: number
  readonly current: CertificateVersion
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
  /** The account's revision that last changed it. */
  readonly revision: number
}

export interface AppKey {
  /** The part of the consumer key behind `{accountId}.`. */
  readonly id: RecordId
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly createdAt: string
  readonly expiresAt: string | null
}

/** An audit entry; written with the change that it tells of. At most 2 KiB as JSON. */
export interface Change {
  /** Random, comes with the command: tells after a lost answer whether the write was done. */
  readonly changeId: RecordId
  /** The revision that this change made. */
  readonly revision: number
  readonly at: string
  readonly actor: string
  readonly address: string
  readonly action: string
  /** Ids and names of what was changed; the first few where there are many. */
  readonly subjects: readonly string[]
  readonly subjectCount: number
}

/** Everything about a tenant except its secrets: one document, changed by one compare-and-set. */
export interface Account {
  readonly accountId: AccountId
  /** +1 with each change. 0: it has never been written. */
  readonly revision: number
  readonly certificates: readonly Certificate[]
  readonly mappings: readonly Mapping[]
  readonly appKeys: readonly AppKey[]
  /** Oldest first; the last 200. */
  readonly changes: readonly Change[]
}

export function emptyAccount(accountId: AccountId): Account {
  return { accountId, revision: 0, certificates: [], mappings: [], appKeys: [], changes: [] }
}
