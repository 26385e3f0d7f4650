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
