import type { Account, AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

/** For the accounts that were read last. */
const keptSizes = 10_000

/** How many mappings and certificates accounts had when they were last read. */
export class AccountSizes {
  readonly #sizes = new LRUCache<AccountId, number>({ max: keptSizes })

  /** 0 where that is not known. */
  of(accountId: AccountId): number {
    return this.#sizes.get(accountId) ?? 0
  }

  note({ accountId, mappings, certificates }: Account): number {
    const size = mappings.length + certificates.length
    this.#sizes.set(accountId, size)
    return size
  }
}
