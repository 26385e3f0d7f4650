import type { Mapping } from '../mappings/mapping.ts'
import type { Certificate, CertificateVersion } from './certificate.ts'

/** The version that calls under a mapping present: the one that it names, or else the one in use. */
export function presentedVersion(
  { pinned: named }: Pick<Mapping, 'pinned'>,
  { current, pinned }: Pick<Certificate, 'current' | 'pinned'>,
): CertificateVersion | undefined {
  if (named === undefined) return current
  return pinned?.find(({ versionId }) => versionId === named) ?? current
}
