import type { AccountId } from '@mtls-gateway/domain'

const keptOfAccount = 100
/** Some 100 bytes each. */
const keptInAll = 20_000

/**
 * The addresses from which rightly signed calls of each account have recently come. If there are too many in all, the
 * account with the most loses one, so that many addresses, or many accounts with several each, take none from accounts
 * with few.
 */
export class KnownCallers {
  /** The addresses of each account, the most recent one last. */
  readonly #accounts = new Map<AccountId, Set<string>>()
  /** The accounts by their number of addresses. The one that has called last comes last. */
  readonly #bySize: readonly Set<AccountId>[] = Array.from({ length: keptOfAccount + 2 }, () => new Set<AccountId>())
  #count = 0

  has(accountId: AccountId, address: string): boolean {
    return this.#accounts.get(accountId)?.has(address) ?? false
  }

  /** It counts as the most recent one. */
  add(accountId: AccountId, address: string): void {
    const addresses = this.#accounts.get(accountId) ?? new Set()
    this.#change(accountId, addresses, () => {
      addresses.delete(address)
      addresses.add(address)
    })
    if (addresses.size > keptOfAccount) this.#dropOldest(accountId)
    else if (this.#count > keptInAll) this.#dropOldest(this.#largest())
  }

  #dropOldest(accountId: AccountId | undefined): void {
    const addresses = accountId === undefined ? undefined : this.#accounts.get(accountId)
    if (accountId === undefined || addresses === undefined) return
    const [oldest = ''] = addresses
    this.#change(accountId, addresses, () => addresses.delete(oldest))
  }

  /** If several have the same number of addresses, the one that called least recently. */
  #largest(): AccountId | undefined {
    const [accountId] = this.#bySize.findLast(({ size }) => size > 0) ?? []
    return accountId
  }

  #change(accountId: AccountId, addresses: Set<string>, change: () => void): void {
    this.#bySize[addresses.size]?.delete(accountId)
    this.#count -= addresses.size
    change()
    this.#count += addresses.size
    if (addresses.size === 0) this.#accounts.delete(accountId)
    else {
      this.#accounts.set(accountId, addresses)
      this.#bySize[addresses.size]?.add(accountId)
    }
  }
}
