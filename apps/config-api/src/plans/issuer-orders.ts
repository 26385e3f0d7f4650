import { type Bulkhead, type Part, poolExhausted } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'

/** So many orders of one account are with one issuer at once, which has room for one more: that of another account. */
export const ordersOfAccount = 2

/** Orders that issuers have not answered yet: each issuer has a few, and no account has all of them. */
export class IssuerOrders {
  /** `issuer-orders` */
  readonly #pool: Bulkhead
  /** Those with an order. */
  readonly #accounts = new Map<string, AccountOrders>()

  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  /** Does a task when the issuer has room for an order of this account. @throws CodedError `TOO_MANY_CALLS` */
  async run<Result>(issuer: string, accountId: AccountId, task: () => Promise<Result>): Promise<Result> {
    const key = `${issuer} ${accountId}`
    const own = this.#accounts.get(key) ?? new AccountOrders()
    this.#accounts.set(key, own)
    try {
      const permit = await this.#pool.acquire(issuer, 1, undefined, own)
      try {
        return await task()
      } finally {
        permit.release()
      }
    } finally {
      if (own.isIdle) this.#accounts.delete(key)
    }
  }
}

/** Orders of one account that are with one issuer. */
class AccountOrders implements Part {
  waiting = 0
  #ordered = 0

  get isIdle(): boolean {
    return this.#ordered === 0 && this.waiting === 0
  }

  isFull(): boolean {
    return this.#ordered >= ordersOfAccount
  }

  take(): () => void {
    this.#ordered += 1
    return () => {
      this.#ordered -= 1
    }
  }

  refusal(): Error {
    return poolExhausted('issuer-orders', true)
  }
}
