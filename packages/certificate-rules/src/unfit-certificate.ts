/** What is wrong: it is not DER as it should be, is too large or has too much of something, or has such a key. */
export type Unfitness = 'malformed' | 'size' | 'key'

/**
 * OpenSSL, or Node, must not work on a certificate. The message goes on where its subject ends: `has 16639 bytes, ...`
 */
export class UnfitCertificate extends Error {
  override readonly name = 'UnfitCertificate'
  readonly why: Unfitness
  /** The limit that is exceeded. */
  readonly limit: number | undefined

  constructor(why: Unfitness, message: string, limit?: number) {
    super(message)
    this.why = why
    this.limit = limit
  }
}
