import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { ExpiryNotice, ToldExpiry } from './expiry-notice.ts'
import type { ProbeRecord } from './probe-record.ts'
import type { RenewalPlan } from './renewal-plan.ts'
import type { FoundRevocation } from './revocation.ts'

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
  /** Absent: it was staged before this was kept. */
  readonly notBefore?: string
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
  /** It is newer than the version in use, which a rollback has put in use again. */
  readonly rolledBack?: true
}

export interface Certificate {
  readonly id: CertificateId
  /** Unique in the account. */
  readonly name: string
  readonly createdAt: string
  readonly updatedAt: string
  /** The account's revision that last changed it. */
  readonly revision: number
  /** The source of the document that has made it; absent: no document has. */
  readonly managedBy?: string
  /** Absent until its first signed certificate has come; `staged` is what waits for it then. */
  readonly current?: CertificateVersion
  /** The account's revision that made `current` current; there exactly when that is. */
  readonly currentSince?: number
  readonly staged?: StagedVersion
  readonly previous?: PreviousVersion
  /** Whole, those of `staged` and `previous` that mappings name. */
  readonly pinned?: readonly CertificateVersion[]
  /** What was found of a version that is or was in use: see `revocationOf`. */
  readonly revocation?: FoundRevocation
  /** The last one that the account was sent about its end. */
  readonly notice?: ExpiryNotice
  /** Absent: it is renewed by people alone. */
  readonly plan?: RenewalPlan
  /** Which recipients of notices know how much is left of the version in use. */
  readonly told?: ToldExpiry
}
