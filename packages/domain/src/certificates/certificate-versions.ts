import type {
  Certificate,
  CertificateVersion,
  IdleVersion,
  RequestedVersion,
  StagedVersion,
  UploadedVersion,
  VersionRecordIds,
} from './certificate.ts'

/** Whether what is staged is a key that waits for its signed certificate. */
export function isRequested(staged: StagedVersion): staged is RequestedVersion {
  return staged.versionId === undefined
}

/** Every version that a certificate has. */
export function versionsOf({ current, staged, previous }: Certificate): readonly VersionRecordIds[] {
  return [current, staged, previous].filter((version) => version !== undefined)
}

/** What is kept of a version while it is not in use: all but what its chain tells again. */
export function idleVersion({
  spkiSha256: _spkiSha256,
  subject: _subject,
  issuer: _issuer,
  serialNumber: _serialNumber,
  keyType: _keyType,
  notBefore: _notBefore,
  clientAuth: _clientAuth,
  warnings: _warnings,
  ...idle
}: CertificateVersion): IdleVersion {
  return idle
}

/** What is kept of a version that is staged: a call may ask for it. */
export function uploadedVersion(version: CertificateVersion): UploadedVersion {
  return { ...idleVersion(version), notBefore: version.notBefore }
}

/** The certificate with another version in use; the one before it is kept as the previous one. */
export function withCurrent(
  { current: replaced, ...certificate }: Certificate,
  version: CertificateVersion,
  { at, revision }: { readonly at: string; readonly revision: number },
): Certificate {
  return {
    ...certificate,
    updatedAt: at,
    revision,
    current: version,
    currentSince: revision,
    ...(replaced && { previous: { ...idleVersion(replaced), replacedAt: at } }),
  }
}
