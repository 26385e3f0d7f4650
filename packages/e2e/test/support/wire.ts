/** The JSON of the contract, as far as the tests look at it. */

export interface Certificate {
  readonly id: number
  readonly deleted: boolean
  readonly name: string
  readonly displayName: string
  readonly siteId: string
  readonly status: 'Available' | 'UnAvailable' | 'Expired' | 'PendingSignature'
  readonly expirationDate: string
  readonly fingerprintSha256: string
  readonly subject: string
  readonly issuer: string
  readonly serialNumber: string
  readonly keyType: string
  readonly notBefore: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly staged?: StagedVersion
  readonly previous?: { readonly status: string; readonly fingerprintSha256: string; readonly replacedAt: string }
}

export interface StagedVersion {
  readonly status: string
  /** Null: it waits for its signature. */
  readonly fingerprintSha256: string | null
  readonly lastProbe: { readonly at: string; readonly ok: boolean } | null
}

/** What came of trying a certificate at a url. */
export interface Trial {
  readonly status: number | null
  readonly explanation: string
  readonly error: { readonly code: string; readonly message: string } | null
  readonly acceptableIssuers: readonly string[]
  readonly chainAcceptable: boolean | null
}

export interface ProbeResult extends Trial {
  readonly url: string
  readonly result: 'ok' | 'failed' | 'skipped'
  readonly mappings: readonly { readonly id: number; readonly name: string }[]
}

export interface Probe {
  readonly ok: boolean | null
  readonly results: readonly ProbeResult[]
}

export interface Requested {
  readonly certificate: Certificate
  readonly csr: string
}

export interface SaveResult {
  /** The misspelling is the wire's. */
  readonly successfulySavedCertificates: readonly Certificate[]
  readonly failedSaveToVaultCertificates: readonly FailedCertificate[]
}

export interface FailedCertificate {
  readonly name: string
  readonly reason: string
  readonly code: string
}

export interface Mapping {
  readonly id: number
  readonly deleted: boolean
  readonly url: string
  readonly enable: boolean
  readonly serviceId: string
  readonly siteId: string
  readonly name: string
  readonly certificationId: string
}

export interface NewMapping {
  readonly certificationId: number | string
  readonly serviceId: number | string
  readonly url: string
  readonly name: string
  readonly enable?: boolean
  readonly siteId?: string
  readonly deleted?: boolean
}

export interface AppKey {
  readonly appKey: string
  readonly appSecret: string
  readonly label: string
  readonly scopes: readonly string[]
}

export interface TestReport {
  readonly readable: boolean
  readonly readBy: string
  readonly container: {
    readonly mac: string
    readonly cipher: string
    readonly prf: string
    readonly iterations: number
  }
  readonly keys: readonly { readonly type: string; readonly size: number; readonly alias: string }[]
  readonly chain: readonly { readonly subject: string; readonly issuer: string; readonly notAfter: string }[]
  readonly keyMatchesCertificate: boolean
  readonly javaCompliant: boolean
  readonly readableByJava: readonly string[]
  readonly problems: readonly ReportedProblem[]
  readonly call: object | null
}

export interface ReportedProblem {
  readonly severity: string
  readonly code: string
  readonly message: string
  readonly fix: string
}

export interface CheckedMapping {
  readonly serviceName: string
  readonly accountId: string
  readonly url: string
  readonly doExist: boolean
}

/** RFC 9457, with our stable code. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
}

export const allScopes = ['mtls:read', 'mtls:write', 'mtls:admin', 'forward'] as const
