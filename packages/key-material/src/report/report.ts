import type { CertificateFacts, ErrorCode, JavaVersion, WarningCode } from '@mtls-gateway/domain'

interface Explanation {
  /** What is wrong and who must fix it, as a sentence. Never a secret. */
  readonly message: string
  /** Commands that fix it. */
  readonly fix?: string
}

/** With an error, the file can't be used. A warning is about something weak or surprising that works. */
export type Problem =
  | (Explanation & { readonly severity: 'error'; readonly code: ErrorCode })
  | (Explanation & { readonly severity: 'warning'; readonly code: WarningCode })

/** How a PKCS#12 file is protected. If its parts differ, the names are separated by commas. */
export interface ContainerReport {
  /** The MAC's algorithm, such as `HMAC-SHA-256`; null if there is no MAC. */
  readonly mac: string | null
  /** Such as `AES-256-CBC`; null if nothing is encrypted. */
  readonly cipher: string | null
  /** The pseudo-random function of the key derivation, such as `HMAC-SHA-256`; null if it has none. */
  readonly prf: string | null
  /** The highest iteration count of the MAC and all bags. */
  readonly iterations: number
}

export interface KeyReport {
  /** `RSA`, `EC`, `Ed25519`, ... */
  readonly type: string
  /** In bits. */
  readonly size: number
  /** `P-256`, ...; only for EC keys. */
  readonly curve?: string
  /** The friendly name, or null. */
  readonly alias: string | null
}

export interface ChainReport {
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 in UTC. */
  readonly notAfter: string
}

/** What the leaf states under eIDAS, and PSD2. It is its issuer's word. */
export interface EidasReport {
  /** For websites (also as a client), seals or signatures; null: it does not say. */
  readonly type: 'QWAC' | 'QSealC' | 'QSigC' | null
  /** It says that it is an EU qualified certificate. */
  readonly qualified: boolean
  /** It says that its key is in a qualified device. */
  readonly inQscd: boolean
  /** Roles of a payment service provider: `PSP_AS`, `PSP_PI`, `PSP_AI`, `PSP_IC`. */
  readonly roles: readonly string[]
  /** The authority that has authorised the payment service provider. */
  readonly authority: { readonly name: string; readonly id: string } | null
  /** In the subject: `PSDDE-BAFIN-123456`, `VATDE-123456789`. */
  readonly organizationIdentifier: string | null
  /** The organisation of the issuer. */
  readonly qtsp: string | null
}

/** The tester's report (docs/api.md). */
export interface TestReport {
  readonly readable: boolean
  /** The library that has read it: `pkijs` with node:crypto, `node-forge` for its ciphers, `node:crypto` for PEM. */
  readonly readBy: 'pkijs' | 'node-forge' | 'node:crypto' | null
  /** Null for PEM, and for files that are not PKCS#12. */
  readonly container: ContainerReport | null
  readonly keys: readonly KeyReport[]
  /** Leaf first, each followed by its issuer. Unrelated certificates are left out. */
  readonly chain: readonly ChainReport[]
  /** Absent: the certificate states nothing under eIDAS. */
  readonly eidas?: EidasReport
  readonly keyMatchesCertificate: boolean
  /** Whether all versions but "8" can read it, and no current version's TLS refuses the key or a certificate. */
  readonly javaCompliant: boolean
  readonly readableByJava: readonly JavaVersion[]
  readonly problems: readonly Problem[]
  /** The call with `LP-forward-url`, which users of this package make and add. */
  readonly call: null
}

/** A client certificate and what goes with it, without its key. */
export interface CertifiedChain {
  /** PEM. */
  readonly leaf: string
  /** PEM, from the leaf's issuer to the top. They are only presented, never trust anchors. */
  readonly chain: readonly string[]
  readonly facts: CertificateFacts
}

/** The one stored form. */
export interface KeyMaterial extends CertifiedChain {
  /** PKCS#8 PEM, unencrypted. */
  readonly privateKey: string
}

export interface SignedExamination {
  readonly report: TestReport
  /** Present if no problem is an error. */
  readonly chain?: CertifiedChain
}

export interface Examination {
  readonly report: TestReport
  /** Present if no problem is an error. */
  readonly material?: KeyMaterial
}
