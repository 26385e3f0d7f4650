import { type Account, type AccountId, type WatchedPromotion, watchedPromotions } from '@mtls-gateway/domain'
import { isOutdated, type SeenAccount, wholeSeconds } from '../changes/arrival-order.ts'

interface WatchedAccount extends SeenAccount {
  readonly promotions: readonly WatchedPromotion[]
  /** When the last of them was promoted. */
  readonly lastAt: number
}

const dayMs = 86_400_000
/** In the first hour, targets are looked at each time; after that, some of the times. */
const closelyMs = 3_600_000
const timesApart = 15

/** Promotions of the last day, by what this instance has read and written. */
export class WatchedAccounts {
  readonly #accounts = new Map<AccountId, WatchedAccount>()
  #looks = 0

  /** Takes note of an account as it is. */
  see(account: Account): void {
    const { accountId, revision } = account
    const now = Date.now()
    const seen = { revision, seenAt: wholeSeconds(now) }
    if (isOutdated(seen, this.#accounts.get(accountId))) return
    const promotions = watchedPromotions(account, now)
    const lastAt = promotions.reduce((last, { since }) => Math.max(last, since), 0)
    if (promotions.length === 0) this.#accounts.delete(accountId)
    else this.#accounts.set(accountId, { ...seen, promotions, lastAt })
  }

  /** What is to be looked at now. */
  next(): ReadonlyMap<AccountId, readonly WatchedPromotion[]> {
    const now = Date.now()
    const all = this.#looks++ % timesApart === 0
    const next = new Map<AccountId, readonly WatchedPromotion[]>()
    for (const [accountId, { promotions, lastAt }] of this.#accounts) {
      if (now - lastAt > dayMs) this.#accounts.delete(accountId)
      else if (all || now - lastAt < closelyMs) next.set(accountId, promotions)
    }
    return next
  }
}
