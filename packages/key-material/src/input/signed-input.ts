/** A CA's answer to a signing request, not examined yet. */
export interface SignedInput {
  /** PEM: the leaf and its chain, in any order. */
  readonly certificates: string
  /** The key that it must be for: SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly spkiSha256: string
}
