import type { TrustedCa } from '@mtls-gateway/domain'

/** CA certificates to verify targets with, not examined yet. */
export interface TrustedCasInput {
  /** One PEM text each. */
  readonly texts: readonly string[]
}

/** The certificates in a text, or why it is refused. */
export type TrustedCas =
  | {
      /** PEM, one certificate each, as OpenSSL writes them. */
      readonly certificates: readonly string[]
      /** What trust lists tell of each of them. */
      readonly facts: readonly TrustedCa[]
    }
  | TrustedCasRefusal

export interface TrustedCasRefusal {
  readonly code: 'PEM_MALFORMED' | 'LIMIT_EXCEEDED' | 'KEY_TYPE_UNSUPPORTED'
  /** A sentence whose subject is the field that holds the text. */
  readonly problem: string
  /** The limit that is exceeded. */
  readonly limit?: number
}

export function notCertificates(): TrustedCasRefusal {
  const problem = 'is not a list of certificates. Send them as PEM, one after the other, and nothing else.'
  return { code: 'PEM_MALFORMED', problem }
}

export function tooExpensiveCertificates(): TrustedCasRefusal {
  const problem = 'takes more time or memory to read than it may. Send fewer or smaller certificates.'
  return { code: 'LIMIT_EXCEEDED', problem }
}
