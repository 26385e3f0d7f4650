import type { ExpiryNotice } from './expiry-notice.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { AccountId, CertificateId, MappingId, RecordId } from './ids.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { MappingUrl } from './mapping-url.ts'
import type { ProbeRecord } from './probe-record.ts'
import type { Scope } from './scopes.ts'
import type { AccountSettings } from './settings.ts'

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

/** The records of a version's private key and chain; a version that waits for its signature has no chain yet. */
export interface VersionRecordIds {
  readonly keyId: RecordId
  readonly versionId?: RecordId
}

/** What the account keeps of a version that is not in use; the rest can be read from its chain (ADR 8). */
export interface IdleVersion extends VersionRecordIds {
  readonly versionId: RecordId
  readonly fingerprintSha256: string
  readonly notAfter: string
  readonly createdAt: string
}

/** The next version, uploaded and not in use. */
export interface UploadedVersion extends IdleVersion {
  /** How its last whole probe ended; absent: it was never probed. */
  readonly probe?: ProbeRecord
}

/** A key that was made here and waits for its signed certificate. */
export interface RequestedVersion extends VersionRecordIds {
  readonly versionId?: never
  /** As in {@link CertificateFacts}. */
  readonly spkiSha256: string
  readonly keyType: string
  /** The subject that was asked for; the signed certificate may have another. */
  readonly subject: string
  readonly createdAt: string
}

export type StagedVersion = UploadedVersion | RequestedVersion

/** The version that was current before. */
export interface PreviousVersion extends IdleVersion {
  readonly replacedAt: string
}

export interface Certificate {
  readonly id: CertificateId
  /** Unique in the account. */
  readonly name: string
  readonly createdAt: string
  readonly updatedAt: string
  /** The account's revision that last changed it. */
  readonly revision: number
  /** Absent until its first signed certificate has come; `staged` is what waits for it then. */
  readonly current?: CertificateVersion
  /** The account's revision that made `current` current; there exactly when that is. */
  readonly currentSince?: number
  readonly staged?: StagedVersion
  readonly previous?: PreviousVersion
  /** The last one that the account was sent about its end. */
  readonly notice?: ExpiryNotice
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
  /** Names of what was changed of the subjects; absent where they were made or deleted whole. */
  readonly fields?: readonly string[]
  /** Where the request had an Idempotency-Key. */
  readonly idempotency?: IdempotencyMark
}

/** Everything about a tenant except its secrets: one document, changed by one compare-and-set. */
export interface Account {
  readonly accountId: AccountId
  /** +1 with each change. 0: it has never been written. */
  readonly revision: number
  readonly certificates: readonly Certificate[]
  readonly mappings: readonly Mapping[]
  readonly appKeys: readonly AppKey[]
  /** Absent: nobody has set any. */
  readonly settings?: AccountSettings
  /** Oldest first; the last 200. */
  readonly changes: readonly Change[]
}

export function emptyAccount(accountId: AccountId): Account {
  return { accountId, revision: 0, certificates: [], mappings: [], appKeys: [], changes: [] }
}
