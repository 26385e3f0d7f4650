/**
 * Why credentials were refused. Answers tell less: whoever guesses must not learn whether a key is unknown, expired or
 * revoked, or only its signature wrong. docs/runbooks/MtlsCredentialsRefused.md explains each.
 */
export const refusalReasons = [
  'credentials-missing',
  'credential-kind-not-taken',
  'oauth-malformed',
  'key-malformed',
  'key-unknown',
  'key-revoked',
  'key-expired',
  'signature-wrong',
  'secret-wrong',
  'timestamp-out-of-window',
  'timestamp-before-start',
  'nonce-replayed',
  'lp-hash-missing',
  'lp-hash-wrong',
  'body-hash-missing',
  'body-hash-wrong',
  'token-malformed',
  'token-algorithm-wrong',
  'token-key-unknown',
  'token-signature-wrong',
  'token-issuer-wrong',
  'token-audience-wrong',
  'token-type-wrong',
  'token-claim-wrong',
  'token-without-rule',
  'token-not-yet-valid',
  'token-expired',
  'token-inactive',
  'caller-certificate-malformed',
  'caller-certificate-untrusted',
  'caller-certificate-expired',
  'caller-certificate-without-rule',
  'caller-certificate-cross-site',
  'invitation-unknown',
  'invitation-revoked',
  'invitation-expired',
  'invitation-redeemed',
  'invitation-not-taken',
  'handover-void',
  'account-wrong',
  'scope-missing',
  'service-not-allowed',
] as const

export type RefusalReason = (typeof refusalReasons)[number]

/** What the log says of a refusal in addition to its code, and no answer does. Never a secret. */
export interface Refusal {
  readonly reason: RefusalReason
  /** Whose credentials they are, if they are genuine. */
  readonly caller?: string
  /** How far the caller's clock is ahead of ours; negative if it is behind. */
  readonly skewSeconds?: number
}
