import type { ErrorCode } from '../errors/error-codes.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { Certificate, CertificateVersion } from './certificate.ts'
import { firstToEnd, type PresentableVersion, presentableVersions, presentedVersion } from './presented-version.ts'
import type { FoundRevocation } from './revocation.ts'

interface Validity {
  readonly fromMs: number
  readonly untilMs: number
}

/** Kept per version, which never changes: reading two dates takes longer than all else that a call asks of one. */
const validities = new WeakMap<PresentableVersion, Validity>()

function validityOf(version: PresentableVersion): Validity {
  const known = validities.get(version)
  if (known !== undefined) return known
  const validity = { fromMs: Date.parse(version.notBefore ?? version.createdAt), untilMs: Date.parse(version.notAfter) }
  validities.set(version, validity)
  return validity
}

/** `now` in milliseconds since 1970. */
export function isExpired({ notAfter }: Pick<CertificateVersion, 'notAfter'>, now: number): boolean {
  return Date.parse(notAfter) <= now
}

/**
 * When the first of the versions that calls present ends, in milliseconds since 1970; never, for a certificate that
 * waits for its signature.
 */
export function endOf(certificate: Certificate): number {
  const version = firstToEnd(certificate)
  return version ? Date.parse(version.notAfter) : Number.POSITIVE_INFINITY
}

export type UsableVersion<Version = CertificateVersion> =
  | { readonly version: Version }
  | { readonly problem: ErrorCode }

/**
 * What a call presents that falls under a mapping, or why it can't: such a call is an error, never plain TLS.
 * `now` in milliseconds since 1970.
 */
export function usableVersion(
  mapping: Pick<Mapping, 'enable' | 'pinned'>,
  certificate: Pick<Certificate, 'current' | 'pinned'>,
  now: number,
): UsableVersion {
  if (!mapping.enable) return { problem: 'MAPPING_DISABLED' }
  const version = presentedVersion(mapping, certificate)
  return version ? whereValid(version, now) : { problem: 'CERTIFICATE_PENDING_SIGNATURE' }
}

/** The same for a call that asks for a version by its fingerprint: in use, staged, or named by a mapping. */
export function requestedVersion(
  { enable }: Pick<Mapping, 'enable'>,
  certificate: Certificate,
  fingerprintSha256: string,
  now: number,
): UsableVersion<PresentableVersion> {
  if (!enable) return { problem: 'MAPPING_DISABLED' }
  const version = presentableVersions(certificate).find((each) => each.fingerprintSha256 === fingerprintSha256)
  return version ? whereValid(version, now) : { problem: 'CERTIFICATE_VERSION_UNKNOWN' }
}

function whereValid<Version extends PresentableVersion>(version: Version, now: number): UsableVersion<Version> {
  const { fromMs, untilMs } = validityOf(version)
  if (untilMs <= now) return { problem: 'CLIENT_CERTIFICATE_EXPIRED' }
  if (now < fromMs) return { problem: 'CLIENT_CERTIFICATE_NOT_YET_VALID' }
  return { version }
}

/** What is known of the version in use; undefined: it is not revoked, as far as is known. Nothing is refused for it. */
export function revocationOf({ current, revocation }: Certificate): FoundRevocation | undefined {
  return revocation?.fingerprintSha256 === current?.fingerprintSha256 ? revocation : undefined
}
