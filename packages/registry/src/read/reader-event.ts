import type { AccountId } from '@mtls-gateway/domain'

/** Copies that are served although they are past their time, because the store can't be read. */
export interface Staleness {
  readonly copies: number
  /** The age of the oldest one; 0 if there is none. */
  readonly oldestMs: number
}

/** What an operator wants to know of a reader: for logs and metrics. */
export type ReaderEvent =
  | { readonly type: 'load-failed'; readonly accountId: AccountId; readonly error: unknown }
  /** The account stayed older than the revision that a notice named: the store was put back to an earlier state. */
  | { readonly type: 'store-restored'; readonly accountId: AccountId; readonly revision: number }
  /** Copies are served though they are older than half of the limit; told at most once a minute. */
  | ({ readonly type: 'half-stale'; readonly limitMs: number } & Staleness)
  | { readonly type: 'gap' }
  | { readonly type: 'feed-unavailable'; readonly error: unknown }
