import {
  type IdleVersion,
  isExpired,
  isRequested,
  type PreviousVersion,
  type RecordId,
  type RequestedVersion,
  type StagedVersion,
} from '@mtls-gateway/domain'

/** `UnAvailable`: the store has lost the key that the account names. */
export type VersionStatus = 'Available' | 'UnAvailable' | 'Expired' | 'PendingSignature'

export interface KeyPresence {
  /** Whether the store holds this key. */
  readonly hasKey: (keyId: RecordId) => boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A version that is not in use. Dates are ISO 8601 in UTC. */
export interface IdleVersionView {
  readonly status: VersionStatus
  readonly fingerprintSha256: string | null
  readonly expirationDate: string | null
  readonly createdAt: string
}

export interface StagedVersionView extends IdleVersionView {
  /** Present while the version waits for its signature. */
  readonly keyType?: string
  readonly subject?: string
  /** How its last probe of every mapped url ended; null: there was none. */
  readonly lastProbe: { readonly at: string; readonly ok: boolean } | null
}

export interface PreviousVersionView extends IdleVersionView {
  readonly replacedAt: string
}

export function versionStatus(version: IdleVersion | RequestedVersion, { hasKey, now }: KeyPresence): VersionStatus {
  if (!hasKey(version.keyId)) return 'UnAvailable'
  if (version.versionId === undefined) return 'PendingSignature'
  return isExpired(version, now) ? 'Expired' : 'Available'
}

export function viewStaged(staged: StagedVersion, keys: KeyPresence): StagedVersionView {
  if (isRequested(staged)) return viewRequested(staged, keys)
  return { ...viewIdle(staged, keys), lastProbe: staged.probe ?? null }
}

export function viewPrevious(previous: PreviousVersion, keys: KeyPresence): PreviousVersionView {
  return { ...viewIdle(previous, keys), replacedAt: previous.replacedAt }
}

function viewIdle(version: IdleVersion, keys: KeyPresence): IdleVersionView {
  const { fingerprintSha256, notAfter, createdAt } = version
  return {
    status: versionStatus(version, keys),
    fingerprintSha256,
    expirationDate: notAfter,
    createdAt,
  }
}

function viewRequested(staged: RequestedVersion, keys: KeyPresence): StagedVersionView {
  const { keyType, subject, createdAt } = staged
  return {
    status: versionStatus(staged, keys),
    fingerprintSha256: null,
    expirationDate: null,
    createdAt,
    keyType,
    subject,
    lastProbe: null,
  }
}
