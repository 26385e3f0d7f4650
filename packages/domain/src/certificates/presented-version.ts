import type { Mapping } from '../mappings/mapping.ts'
import type { Certificate, CertificateVersion, UploadedVersion } from './certificate.ts'
import { isRequested } from './certificate-versions.ts'

/** A version that a call may present, whole or staged. */
export type PresentableVersion = CertificateVersion | UploadedVersion

/** All versions that calls may present now: the one in use, those that mappings name, and the staged one on request. */
export function presentableVersions({ current, pinned = [], staged }: Certificate): readonly PresentableVersion[] {
  const whole = current ? [current, ...pinned] : pinned
  const isStaged = staged && !isRequested(staged) && !pinned.some(({ versionId }) => versionId === staged.versionId)
  return isStaged ? [...whole, staged] : whole
}

/**
 * The one that ends first of the version in use and those that mappings name: a mapping that was rolled back is in
 * trouble with its version, however long the one in use lasts.
 */
export function firstToEnd({ current, pinned = [] }: Certificate): CertificateVersion | undefined {
  return pinned.reduce(
    (first, each) => (first && Date.parse(first.notAfter) <= Date.parse(each.notAfter) ? first : each),
    current,
  )
}

/** The version that calls under a mapping present: the one that it names, or else the one in use. */
export function presentedVersion(
  { pinned: named }: Pick<Mapping, 'pinned'>,
  { current, pinned }: Pick<Certificate, 'current' | 'pinned'>,
): CertificateVersion | undefined {
  if (named === undefined) return current
  return pinned?.find(({ versionId }) => versionId === named) ?? current
}
