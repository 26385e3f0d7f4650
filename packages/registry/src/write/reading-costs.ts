import type { Account, AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { StoredAccount } from './account-store.ts'

/** For the accounts that were read last. */
const keptCosts = 10_000
/** A record that is only looked at takes less than a tenth of the time of one that is parsed, which is 3 us. */
const passedOver = 10

/** What reading accounts last took. */
export class ReadingCosts {
  readonly #costs = new LRUCache<AccountId, number>({ max: keptCosts })

  /** In records that are parsed; 0 where that is not known. */
  of(accountId: AccountId): number {
    return this.#costs.get(accountId) ?? 0
  }

  note({ account, parsed }: Pick<StoredAccount, 'account' | 'parsed'>): void {
    const others = Math.max(0, sizeOf(account) - parsed)
    this.#costs.set(account.accountId, parsed + Math.ceil(others / passedOver))
  }
}

/** How many mappings and certificates an account has. */
export function sizeOf({ mappings, certificates }: Account): number {
  return mappings.length + certificates.length
}
