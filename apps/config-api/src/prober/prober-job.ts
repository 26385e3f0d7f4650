import type { AccountId, ErrorCode, RecordId } from '@mtls-gateway/domain'
import type { TargetGuardOptions, TargetTrial, TargetTrust } from '@mtls-gateway/outbound'
import type { StoreAccess } from './store-access.ts'

/** A url that is tried with the certificate. */
export interface ProbedUrl {
  readonly url: string
  readonly trust: TargetTrust | undefined
}

/** What is tried. */
export interface ProbeRequest {
  readonly accountId: AccountId
  readonly keyId: RecordId
  /** PEM: the leaf, then its chain. */
  readonly certificates: string
  readonly urls: readonly ProbedUrl[]
  readonly method: string
  /** For all of it, in milliseconds. */
  readonly deadlineMs: number
}

/** To the child process: the one job that it does. */
export interface ProberJob extends ProbeRequest {
  readonly store: StoreAccess
  readonly guard: TargetGuardOptions
  readonly extraCa: readonly string[]
}

/** From the child process: how it ended. Never the key. */
export type ProberAnswer =
  /** In the order of the urls. */
  | { readonly kind: 'tried'; readonly trials: readonly TargetTrial[] }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly retryAfterSeconds: number | undefined
    }
