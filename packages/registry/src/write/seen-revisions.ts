import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

/** For the accounts that were read or written last. */
const maxAccounts = 10_000

/** The highest revision at which each account was seen in this epoch of the store. */
export class SeenRevisions {
  readonly #revisions = new LRUCache<AccountId, number>({ max: maxAccounts })

  /** Ask before an account is read: a change may be made while the read is under way. */
  of(accountId: AccountId): number {
    return this.#revisions.get(accountId) ?? 0
  }

  note(accountId: AccountId, revision: number): void {
    if (revision > this.of(accountId)) this.#revisions.set(accountId, revision)
  }

  /** Whether what was read shows that the store was put back. An account that is gone may be an operator's doing. */
  isOlder(accountId: AccountId, revision: number, seenBefore: number): boolean {
    return revision > 0 && revision < Math.min(seenBefore, this.of(accountId))
  }

  /** For a new epoch. */
  clear(): void {
    this.#revisions.clear()
  }
}
