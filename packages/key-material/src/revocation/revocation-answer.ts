/** What an authority has answered about certificates of one issuer, not examined yet. */
export interface RevocationAnswerInput {
  readonly kind: 'ocsp' | 'crl'
  /** PEM. */
  readonly issuer: string
  /** Those that are asked about; OCSP: one. */
  readonly certificates: readonly AskedCertificate[]
  /** DER. */
  readonly answer: Uint8Array
}

export interface AskedCertificate {
  readonly serial: string
  /** DER. */
  readonly certId: Uint8Array
}

/** What an issuer says of a certificate. */
export type RevocationStatus =
  | { readonly state: 'good' }
  | {
      readonly state: 'revoked'
      /** ISO 8601 in UTC. */
      readonly at: string
      /** As RFC 5280, section 5.3.1, names it; `unspecified` where nobody says. */
      readonly reason: string
    }
  /** The responder does not know the certificate. */
  | { readonly state: 'unknown' }

/**
 * Why an answer counts for nothing. `refused`: the responder says so; `unsigned`: neither the issuer nor whom it has
 * entrusted with it has signed it; `stale`: it was for another time; `partial`: it is not about all certificates.
 */
export type RevocationFault = 'malformed' | 'refused' | 'unsigned' | 'stale' | 'partial' | 'expensive'

export type RevocationAnswer =
  /** In the order of the certificates. */
  { readonly statuses: readonly RevocationStatus[] } | { readonly fault: RevocationFault }

/** RFC 5280, section 5.3.1. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unspecified',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const

/** Clocks of authorities are wrong, too. */
const skewMs = 300_000

/** Whether what an authority has signed is for now. Times in milliseconds since 1970. */
export function isTimely(from: number, until: number | undefined, now: number): boolean {
  return from <= now + skewMs && (until ?? now) >= now - skewMs
}

export class FaultyAnswer extends Error {
  readonly fault: RevocationFault

  constructor(fault: RevocationFault) {
    super(fault)
    this.fault = fault
  }
}
