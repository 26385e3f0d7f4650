import type { AuditEntry } from '@mtls-gateway/contract'
import type { AccountId, Change } from '@mtls-gateway/domain'
import { viewChange } from '../audit/audit-trail.ts'

/** An entry as receivers get it: as the API shows it, with its account. */
export interface StreamedEntry extends AuditEntry {
  /** Stays the same when the entry is sent again; no other entry has it, not even of a store that was restored. */
  readonly id: string
  readonly account: AccountId
}

/** Where the audit goes. */
export interface AuditReceiver {
  readonly name: 'webhook' | 'otlp' | 'file'
  /** How many batches it may be sent at once. */
  readonly atOnce: number
  /**
   * Resolves once it has taken all of them for good. They are entries of one account, in their order. Rejects with an
   * Error whose message has no secret.
   */
  send(entries: readonly [StreamedEntry, ...StreamedEntry[]], signal: AbortSignal): Promise<void>
  /** Whether it could take some now, as far as can be told without. Rejects like {@link send}. */
  check(): Promise<void>
}

/**
 * Tells an entry from all others of its account. The revision alone does not: after a restore of the store, it is
 * given again. Entries without a hash are older than the chain, and than any restore after it.
 */
export function markOf({ revision, hash }: Pick<Change, 'revision' | 'hash'>): string {
  return hash === undefined ? String(revision) : `${revision}.${hash.slice(0, 16)}`
}

export function revisionOf(mark: string): number {
  return Number.parseInt(mark, 10)
}

export function streamedEntry(account: AccountId, change: Change): StreamedEntry {
  return { id: `${account}.${markOf(change)}`, account, ...viewChange(change) }
}
