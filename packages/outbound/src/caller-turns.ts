import type { AccountId } from '@mtls-gateway/domain'

/**
 * Lets new callers begin one a turn of the event loop, the accounts by turns: a context and its handshake take a millisecond and more, and
 * calls that need none would wait for all that begin together.
 */
export class CallerTurns {
  /** Accounts in the order of their turns, with those who wait. */
  readonly #waiting = new Map<AccountId, (() => void)[]>()

  /** Resolves when it is the turn of one caller of the account: in that very turn it may begin. */
  next(accountId: AccountId): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const own = this.#waiting.get(accountId)
    if (own) own.push(resolve)
    else this.#waiting.set(accountId, [resolve])
    if (!own && this.#waiting.size === 1) setImmediate(this.#run)
    return promise
  }

  readonly #run = (): void => {
    for (const [accountId, own] of this.#waiting) {
      own.shift()?.()
      this.#waiting.delete(accountId)
      if (own.length > 0) this.#waiting.set(accountId, own)
      break
    }
    if (this.#waiting.size > 0) setImmediate(this.#run)
  }
}
