import type { ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

interface Heard {
  revision: number
  /** When, on the reader's clock, its last notice came. */
  at: number
  /** What must not be used, and the revision that revoked it. */
  readonly revoked: Map<string, number>
}

/** Accounts with news of which no copy was loaded yet. */
const maxAccounts = 100_000

/** What notices have told of accounts, until a copy is held that has it. */
export class HeardChanges {
  readonly #byAccount: LRUCache<AccountId, Heard>

  /** @param onForgotten called for an account whose news had to make room: a copy of it can no longer be judged */
  constructor(onForgotten: (accountId: AccountId) => void) {
    this.#byAccount = new LRUCache<AccountId, Heard>({
      max: maxAccounts,
      dispose: (_heard, accountId, reason) => {
        if (reason === 'evict') onForgotten(accountId)
      },
    })
  }

  hear({ account, revision, revoked }: ChangeNotice, now: number): void {
    const heard = this.#byAccount.get(account) ?? { revision: 0, at: now, revoked: new Map() }
    heard.revision = Math.max(heard.revision, revision)
    heard.at = now
    for (const id of revoked) heard.revoked.set(id, revision)
    this.#byAccount.set(account, heard)
  }

  /** The highest one heard of and not yet held; 0 if there is no news. */
  revision(accountId: AccountId): number {
    return this.#byAccount.peek(accountId)?.revision ?? 0
  }

  /** The same of an account with a notice since that time. */
  revisionSince(accountId: AccountId, time: number): number {
    const heard = this.#byAccount.peek(accountId)
    return heard !== undefined && heard.at > time ? heard.revision : 0
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#byAccount.peek(accountId)?.revoked.has(id) ?? false
  }

  /** A copy at `revision` is held: what it has is no news any more. */
  settle(accountId: AccountId, revision: number): void {
    const heard = this.#byAccount.peek(accountId)
    if (heard === undefined) return
    for (const [id, revokedBy] of heard.revoked) {
      if (revokedBy <= revision) heard.revoked.delete(id)
    }
    if (heard.revision <= revision) heard.revision = 0
    if (heard.revision === 0 && heard.revoked.size === 0) this.#byAccount.delete(accountId)
  }

  /** The store was restored: the revision will not come. What was revoked stays so until it is reached again. */
  forgetRevision(accountId: AccountId): void {
    const heard = this.#byAccount.peek(accountId)
    if (heard !== undefined) heard.revision = 0
  }
}
