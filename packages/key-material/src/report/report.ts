import type { CertificateFacts, ErrorCode, JavaVersion, WarningCode } from '@mtls-gateway/domain'

interface Explanation {
  /** What is wrong and whose side it is on, as a sentence. Never a secret. */
  readonly message: string
  /** The commands that mend it. */
  readonly fix?: string
}

/** One thing that is wrong: an error can't be used, a warning is weak or surprising but works. */
export type Problem =
  | (Explanation & { readonly severity: 'error'; readonly code: ErrorCode })
  | (Explanation & { readonly severity: 'warning'; readonly code: WarningCode })

/** How a PKCS#12 file is protected. Where its parts differ, their names are joined with a comma. */
export interface ContainerReport {
  /** The MAC's algorithm, `HMAC-SHA-256`; null: there is no MAC. */
  readonly mac: string | null
  /** `AES-256-CBC`; null: nothing is encrypted. */
  readonly cipher: string | null
  /** The pseudo-random function of the key derivation, `HMAC-SHA-256`; null where the derivation has none. */
  readonly prf: string | null
  /** The highest iteration count that MAC or any bag asks for. */
  readonly iterations: number
}

export interface KeyReport {
  /** `RSA`, `EC`, `Ed25519`, ... */
  readonly type: string
  /** In bits. */
  readonly size: number
  /** `P-256`, ...: of EC keys only. */
  readonly curve?: string
  /** The friendly name, else null. */
  readonly alias: string | null
}

export interface ChainReport {
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 in UTC. */
  readonly notAfter: string
}

/** The tester's report (docs/api.md). */
export interface TestReport {
  readonly readable: boolean
  /** The library that read it: `pkijs` and node:crypto, `node-forge` for its ciphers, `node:crypto` for PEM. */
  readonly readBy: 'pkijs' | 'node-forge' | 'node:crypto' | null
  /** Null for PEM, and for what is no PKCS#12. */
  readonly container: ContainerReport | null
  readonly keys: readonly KeyReport[]
  /** Leaf first, each followed by its issuer; certificates that don't belong to it are left out. */
  readonly chain: readonly ChainReport[]
  readonly keyMatchesCertificate: boolean
  /** All of `readableByJava` but "8", and no TLS rule of theirs refuses key or certificate. */
  readonly javaCompliant: boolean
  readonly readableByJava: readonly JavaVersion[]
  readonly problems: readonly Problem[]
  /** The call with `LP-forward-url`, which the caller of this package makes and fills in. */
  readonly call: null
}

/** A client certificate and what goes with it, without its key. */
export interface CertifiedChain {
  /** PEM. */
  readonly leaf: string
  /** PEM: the leaf's issuer first, to the top. Never trust anchors: they are only presented. */
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
  /** There exactly when no problem is an error. */
  readonly chain?: CertifiedChain
}

export interface Examination {
  readonly report: TestReport
  /** There exactly when no problem is an error. */
  readonly material?: KeyMaterial
}
