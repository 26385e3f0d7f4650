import type { AccountId } from '@mtls-gateway/domain'

/** All calls that wait for one caller to begin. */
interface Beginning {
  readonly isWanted: (() => boolean)[]
  readonly turn: PromiseWithResolvers<void>
}

/**
 * Lets new callers begin one a turn of the event loop, the accounts by turns: a context takes longer to be made than the
 * calls that would wait for it.
 */
export class CallerTurns {
  /** What waits, by account in the order of their turns, and by caller. */
  readonly #accounts = new Map<AccountId, Map<string, Beginning>>()

  /**
   * Resolves when it is the turn of one caller of the account, which may begin in that very turn. Everyone who waits
   * for the same caller has the same turn.
   * @param key which of the account's callers
   * @param isWanted `false`: the call has gone, and needs no turn
   */
  next(accountId: AccountId, key: string, isWanted: () => boolean): Promise<void> {
    if (this.#accounts.size === 0) setImmediate(this.#run)
    const waiting = this.#accounts.get(accountId) ?? new Map<string, Beginning>()
    this.#accounts.set(accountId, waiting)
    const beginning = waiting.get(key) ?? { isWanted: [], turn: Promise.withResolvers<void>() }
    waiting.set(key, beginning)
    beginning.isWanted.push(isWanted)
    return beginning.turn.promise
  }

  readonly #run = (): void => {
    for (const [accountId, waiting] of this.#accounts) {
      this.#accounts.delete(accountId)
      beginFirst(waiting)
      // Behind the others.
      if (waiting.size > 0) this.#accounts.set(accountId, waiting)
      break
    }
    if (this.#accounts.size > 0) setImmediate(this.#run)
  }
}

/** Begins the first caller that is still wanted. */
function beginFirst(waiting: Map<string, Beginning>): void {
  for (const [key, { isWanted, turn }] of waiting) {
    waiting.delete(key)
    turn.resolve()
    if (isWanted.some((isStill) => isStill())) return
  }
}
