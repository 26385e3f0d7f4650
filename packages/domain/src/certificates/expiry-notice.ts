/** The last notice of a certificate: claimed by who is sending it, or sent. */
export interface ExpiryNotice {
  /** The version that it is about: another one begins anew. */
  readonly fingerprintSha256: string
  /** Which of the days before the end it is for. */
  readonly days: number
  /** ISO 8601. Until then nobody else sends it. */
  readonly claimedUntil?: string
  /** ISO 8601. */
  readonly sentAt?: string
}
