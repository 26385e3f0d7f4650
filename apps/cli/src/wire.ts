/** The JSON of the API, as far as commands show it. */

export interface Certificate {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly expirationDate: string | null
  readonly fingerprintSha256: string | null
  readonly subject: string
  readonly issuer: string | null
  readonly keyType: string
  readonly warnings: readonly string[]
  /** In the list of those that end soon. */
  readonly usage?: { readonly calls: number; readonly lastUsedAt: string | null }
}

export interface SaveResult {
  /** The misspelling is the wire's. */
  readonly successfulySavedCertificates: readonly Certificate[]
}

export interface Mapping {
  readonly id: number
  readonly name: string
  readonly url: string
  readonly enable: boolean
  readonly serviceId: string
  readonly certificationId: string
}
