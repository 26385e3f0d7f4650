import type { Mapping } from '../mappings/mapping.ts'
import type { Certificate, CertificateVersion } from './certificate.ts'

/** All versions that calls may present now: the one in use, and those that mappings name. */
export function presentedVersions({ current, pinned = [] }: Certificate): readonly CertificateVersion[] {
  return current ? [current, ...pinned] : pinned
}

/** The version that calls under a mapping present: the one that it names, or else the one in use. */
export function presentedVersion(
  { pinned: named }: Pick<Mapping, 'pinned'>,
  { current, pinned }: Pick<Certificate, 'current' | 'pinned'>,
): CertificateVersion | undefined {
  if (named === undefined) return current
  return pinned?.find(({ versionId }) => versionId === named) ?? current
}
