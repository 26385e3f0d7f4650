import type { RecordId } from '../identifiers/ids.ts'

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

/** What the recipients of notices were told of a certificate's end, or are being told. */
export interface ToldExpiry {
  /** The version that it is about: another one begins anew. */
  readonly fingerprintSha256: string
  readonly by: readonly ToldShare[]
}

interface ToldShare {
  readonly recipient: RecordId
  /** The last share of the lifetime that it was told of; 0: that it has expired. */
  readonly share: number
  /** ISO 8601. Until then nobody else sends it; absent once it was sent. */
  readonly claimedUntil?: string
}
