import type { ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

interface Pending {
  revision: number
  /** When, on the reader's clock, its last notice came. */
  at: number
  /** When the first came that no copy has yet, or earlier. */
  since: number
  /** What must not be used, and the revision that revoked it. */
  readonly revoked: Map<string, number>
}

/** Accounts with notices of which no copy was loaded yet. */
const maxAccounts = 100_000

/** What change notices have told of accounts, until a copy is held that has it. */
export class PendingNotices {
  readonly #byAccount: LRUCache<AccountId, Pending>

  /** @param onForgotten called for an account whose notices had to make room: a copy of it can no longer be judged */
  constructor(onForgotten: (accountId: AccountId) => void) {
    this.#byAccount = new LRUCache<AccountId, Pending>({
      max: maxAccounts,
      dispose: (_pending, accountId, reason) => {
        if (reason === 'evict') onForgotten(accountId)
      },
    })
  }

  add({ account, revision, revoked }: ChangeNotice, now: number): void {
    const pending = this.#byAccount.get(account) ?? { revision: 0, at: now, since: now, revoked: new Map() }
    if (pending.revision === 0) pending.since = now
    pending.revision = Math.max(pending.revision, revision)
    pending.at = now
    for (const id of revoked) pending.revoked.set(id, revision)
    this.#byAccount.set(account, pending)
  }

  /** The highest one told of and not yet held; 0 if there are no notices. */
  revision(accountId: AccountId): number {
    return this.#byAccount.peek(accountId)?.revision ?? 0
  }

  /** The same of an account with a notice since that time. */
  revisionSince(accountId: AccountId, time: number): number {
    const pending = this.#byAccount.peek(accountId)
    return pending !== undefined && pending.at > time ? pending.revision : 0
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#byAccount.peek(accountId)?.revoked.has(id) ?? false
  }

  /** Since when a copy is behind, at the latest; undefined if it is not, or if something was revoked. */
  harmlessSince(accountId: AccountId): number | undefined {
    const pending = this.#byAccount.peek(accountId)
    return pending === undefined || pending.revision === 0 || pending.revoked.size > 0 ? undefined : pending.since
  }

  /** A copy at `revision` is held, whose read began at `readAt`: its notices are settled. */
  settle(accountId: AccountId, revision: number, readAt: number): void {
    const pending = this.#byAccount.peek(accountId)
    if (pending === undefined) return
    for (const [id, revokedBy] of pending.revoked) {
      if (revokedBy <= revision) pending.revoked.delete(id)
    }
    // What is told of a change before a read begins is in what it reads.
    if (pending.revision <= revision) pending.revision = 0
    else pending.since = Math.max(pending.since, readAt)
    if (pending.revision === 0 && pending.revoked.size === 0) this.#byAccount.delete(accountId)
  }

  /** The store was restored: the revision will not come. What was revoked stays so until it is reached again. */
  forgetRevision(accountId: AccountId): void {
    const pending = this.#byAccount.peek(accountId)
    if (pending !== undefined) pending.revision = 0
  }

  forgetRevisions(): void {
    for (const pending of this.#byAccount.values()) pending.revision = 0
  }
}
