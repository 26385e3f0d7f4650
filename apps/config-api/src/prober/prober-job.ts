import type { AccountId, ErrorCode, MappingTls, RecordId } from '@mtls-gateway/domain'
import type { SignOrder } from '@mtls-gateway/key-material'
import type { EgressProxy, ProbedTarget, TargetGuardOptions, TargetTrust } from '@mtls-gateway/outbound'
import type { VaultFileLogin, VaultStoreConfig } from '@mtls-gateway/secret-store'

/** How a child process on Vault reads keys: where its credential is, not the credential. */
export type ProberVaultConfig = VaultStoreConfig<VaultFileLogin>

/** A url to call with the certificate. */
export interface ProbedUrl {
  readonly url: string
  readonly trust: TargetTrust | undefined
  readonly tls: MappingTls | undefined
}

/** What to probe. It has the id of the key, never the key. */
export interface ProbeRequest {
  readonly keyId: RecordId
  /** PEM: the leaf, then its chain. */
  readonly certificates: string
  readonly urls: readonly ProbedUrl[]
  readonly method: string
  /** For all of it, in milliseconds. */
  readonly deadlineMs: number
}

/** What the CA of an account signs. It has the id of the CA's key, never the key. */
export interface SignRequest extends SignOrder {
  readonly keyId: RecordId
  /** The CA, as PEM. */
  readonly ca: string
}

/** The one key that a child process uses: it reads it in Vault itself, or its parent has read it. */
export type ProberKey =
  | { readonly kind: 'in-vault'; readonly vault: ProberVaultConfig; readonly record: KeyName }
  | { readonly kind: 'read'; readonly privateKey: string }

/** Which key of an account: that of a certificate, or that of its CA. */
export interface KeyName {
  readonly kind: 'keys' | 'issuer-keys'
  readonly keyId: RecordId
}

/** The one job of a child process, which has the one key that it needs. */
export type ProberJob = ProbeJob | SignJob

export interface SignJob extends Omit<SignRequest, 'keyId'> {
  readonly kind: 'sign'
  readonly accountId: AccountId
  readonly key: ProberKey
}

/** A probe, whose key it uses, and where it may call. */
export interface ProbeJob extends Omit<ProbeRequest, 'keyId'> {
  readonly kind: 'probe'
  readonly accountId: AccountId
  readonly key: ProberKey
  readonly guard: TargetGuardOptions
  readonly extraCa: readonly string[]
  /** Undefined: the calls go out directly. */
  readonly proxy?: EgressProxy | undefined
}

/** The child process's answer. Never the key. */
export type ProberAnswer =
  /** In the order of the urls. */
  | { readonly kind: 'probed'; readonly targets: readonly ProbedTarget[] }
  /** PEM. */
  | { readonly kind: 'signed'; readonly certificate: string }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly retryAfterSeconds: number | undefined
    }
