import type { AccountId, ErrorCode, RecordId } from '@mtls-gateway/domain'
import type { ProbedTarget, TargetGuardOptions, TargetTrust } from '@mtls-gateway/outbound'
import type { VaultFileLogin, VaultStoreConfig } from '@mtls-gateway/secret-store'

/** How a child process on Vault reads keys: where its credential is, not the credential. */
export type ProberVaultConfig = VaultStoreConfig<VaultFileLogin>

/** A url to call with the certificate. */
export interface ProbedUrl {
  readonly url: string
  readonly trust: TargetTrust | undefined
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

/** The one key that a child process uses: it reads it in Vault itself, or its parent has read it. */
export type ProberKey =
  | { readonly kind: 'in-vault'; readonly vault: ProberVaultConfig; readonly keyId: RecordId }
  | { readonly kind: 'read'; readonly privateKey: string }

/** The one job of a child process: a probe, whose key it uses, and where it may call. */
export interface ProberJob extends Omit<ProbeRequest, 'keyId'> {
  readonly accountId: AccountId
  readonly key: ProberKey
  readonly guard: TargetGuardOptions
  readonly extraCa: readonly string[]
}

/** The child process's answer. Never the key. */
export type ProberAnswer =
  /** In the order of the urls. */
  | { readonly kind: 'probed'; readonly targets: readonly ProbedTarget[] }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly retryAfterSeconds: number | undefined
    }
