import type { AccountId } from '@mtls-gateway/domain'

/** What an operator wants to know of a reader: for logs and metrics. */
export type ReaderEvent =
  | { readonly type: 'load-failed'; readonly accountId: AccountId; readonly error: unknown }
  /** The account stayed older than the revision that a notice named: the store was put back to an earlier state. */
  | { readonly type: 'store-restored'; readonly accountId: AccountId; readonly revision: number }
  | { readonly type: 'gap' }
  | { readonly type: 'feed-unavailable'; readonly error: unknown }
