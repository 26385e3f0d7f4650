import type { AccountId, ErrorCode, RecordId } from '@mtls-gateway/domain'
import type { ProbedTarget, TargetCallReport, TargetGuardOptions, TargetTrust } from '@mtls-gateway/outbound'
import type { EmbeddedStoreConfig, VaultFileLogin, VaultStoreConfig } from '@mtls-gateway/secret-store'

/** How a process gets at keys: what can be handed to it. */
export type ProberStoreConfig = EmbeddedStoreConfig | VaultStoreConfig<VaultFileLogin>

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

/** What each process needs: whose key it reads, how, and where it may call. */
interface KeyUser {
  readonly accountId: AccountId
  readonly keyId: RecordId
  readonly certificates: string
  readonly store: ProberStoreConfig
  readonly guard: TargetGuardOptions
  readonly extraCa: readonly string[]
  readonly deadlineMs: number
}

/** The one job of a child process. */
export type ProberJob =
  | (KeyUser & { readonly kind: 'probe'; readonly urls: readonly ProbedUrl[]; readonly method: string })
  /** The trace goes to the standard error of the process. */
  | (KeyUser & { readonly kind: 'trace'; readonly url: ProbedUrl })

/** The child process's answer. Never the key. */
export type ProberAnswer =
  /** In the order of the urls. */
  | { readonly kind: 'probed'; readonly targets: readonly ProbedTarget[] }
  | { readonly kind: 'traced'; readonly report: TargetCallReport }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly retryAfterSeconds: number | undefined
    }
