import type {
  Certificate,
  CertificateVersion,
  IdleVersion,
  RequestedVersion,
  StagedVersion,
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

/** What is kept of a version while it is not in use. */
export function idleVersion(version: CertificateVersion): IdleVersion {
  const { versionId, keyId, fingerprintSha256, notAfter, createdAt } = version
  return { versionId, keyId, fingerprintSha256, notAfter, createdAt }
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
