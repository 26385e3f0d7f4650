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
  /** The next version, not yet in use. */
  readonly staged?: { readonly status: string; readonly expirationDate: string | null }
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

export interface Requested {
  readonly certificate: Certificate
  /** PKCS#10 PEM. */
  readonly csr: string
}

export interface Probe {
  /** Null: there was nothing to try. */
  readonly ok: boolean | null
  readonly results: readonly ProbeResult[]
}

export interface ProbeResult {
  readonly url: string
  readonly result: 'ok' | 'failed' | 'skipped'
  readonly status: number | null
  readonly explanation: string
  readonly mappings: readonly { readonly name: string }[]
}

export interface Propagation {
  readonly complete: boolean
  readonly instances: readonly { readonly current: boolean }[]
}
