import type { Certificate } from './certificate.ts'

/** That the issuer of a certificate has revoked it, as it was found. */
export interface FoundRevocation {
  /** The version that it is about: another one is not revoked. */
  readonly fingerprintSha256: string
  /** ISO 8601, as the next: what the issuer says. */
  readonly revokedAt: string
  readonly foundAt: string
  /** As RFC 5280, section 5.3.1, names it. */
  readonly reason: string
  readonly source: RevocationSource
}

export const revocationSources = ['ocsp', 'crl'] as const
export type RevocationSource = (typeof revocationSources)[number]

/** Of the version in use; undefined: it is not known to be revoked. Nothing is refused for it: targets decide. */
export function revocationOf({ current, revocation }: Certificate): FoundRevocation | undefined {
  return revocation?.fingerprintSha256 === current?.fingerprintSha256 ? revocation : undefined
}
