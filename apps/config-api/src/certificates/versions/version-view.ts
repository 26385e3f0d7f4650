import type {
  Certificate,
  LastProbe,
  PreviousVersion as PreviousVersionView,
  StagedVersion as StagedVersionView,
} from '@mtls-gateway/contract'
import {
  type IdleVersion,
  isExpired,
  isRequested,
  type PreviousVersion,
  type ProbeRecord,
  type RecordId,
  type RequestedVersion,
  type StagedVersion,
} from '@mtls-gateway/domain'

export interface KeyPresence {
  /** Whether the store has this key. */
  readonly hasKey: (keyId: RecordId) => boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

type VersionStatus = Certificate['status']

/** `UnAvailable`: the store has lost the certificate's key. */
export function versionStatus(version: IdleVersion | RequestedVersion, { hasKey, now }: KeyPresence): VersionStatus {
  if (!hasKey(version.keyId)) return 'UnAvailable'
  if (version.versionId === undefined) return 'PendingSignature'
  return isExpired(version, now) ? 'Expired' : 'Available'
}

export function viewStaged(staged: StagedVersion, keys: KeyPresence): StagedVersionView {
  if (isRequested(staged)) return viewRequested(staged, keys)
  return { ...viewIdle(staged, keys), lastProbe: staged.probe ? viewProbe(staged.probe) : null }
}

function viewProbe({ at, ok, results = [], omitted = 0 }: ProbeRecord): LastProbe {
  const views = results.map(({ url, mappingId = null, ok: isOk, status = null, clientCertificate, code = null }) => ({
    url,
    mappingId,
    result: isOk ? ('ok' as const) : ('failed' as const),
    status,
    clientCertificate,
    code,
  }))
  return { at, ok, results: views, omitted }
}

export function viewPrevious(previous: PreviousVersion, keys: KeyPresence): PreviousVersionView {
  return { ...viewIdle(previous, keys), replacedAt: previous.replacedAt }
}

function viewIdle(version: IdleVersion, keys: KeyPresence): Omit<PreviousVersionView, 'replacedAt'> {
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
