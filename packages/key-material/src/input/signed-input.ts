/** What came back from a CA. Nothing in it has been looked at yet. */
export interface SignedInput {
  /** PEM: the leaf and its chain, in any order. */
  readonly certificates: string
  /** The key that it has to be for: SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly spkiSha256: string
}
