import type { AccountId } from '@mtls-gateway/domain'

/** All calls that wait for one identity to open. */
interface Opening {
  readonly isWanted: (() => boolean)[]
  readonly turn: PromiseWithResolvers<void>
}

/**
 * Lets new identities open one a turn of the event loop, the accounts by turns: a context takes longer to be made than
 * the calls that would wait for it.
 */
export class OpeningTurns {
  /** What waits, by account in the order of their turns, and by identity. */
  readonly #accounts = new Map<AccountId, Map<string, Opening>>()

  /**
   * Resolves when it is the turn of one identity of the account, which may open in that very turn. Everyone who waits
   * for the same identity has the same turn.
   * @param key which of the account's identities
   * @param isWanted `false`: the call has gone, and needs no turn
   */
  next(accountId: AccountId, key: string, isWanted: () => boolean): Promise<void> {
    if (this.#accounts.size === 0) setImmediate(this.#run)
    const waiting = this.#accounts.get(accountId) ?? new Map<string, Opening>()
    this.#accounts.set(accountId, waiting)
    const opening = waiting.get(key) ?? { isWanted: [], turn: Promise.withResolvers<void>() }
    waiting.set(key, opening)
    opening.isWanted.push(isWanted)
    return opening.turn.promise
  }

  readonly #run = (): void => {
    for (const [accountId, waiting] of this.#accounts) {
      this.#accounts.delete(accountId)
      openFirst(waiting)
      // Behind the others.
      if (waiting.size > 0) this.#accounts.set(accountId, waiting)
      break
    }
    if (this.#accounts.size > 0) setImmediate(this.#run)
  }
}

/** Opens the first identity that is still wanted. */
function openFirst(waiting: Map<string, Opening>): void {
  for (const [key, { isWanted, turn }] of waiting) {
    waiting.delete(key)
    turn.resolve()
    if (isWanted.some((isStill) => isStill())) return
  }
}
