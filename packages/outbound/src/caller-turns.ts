import type { AccountId } from '@mtls-gateway/domain'

/**
 * The time between two beginnings of one account while others make calls. A beginning takes about 2 ms in all (its
 * context, both ends of its handshake), so these get a seventh of the event loop's time.
 */
const restMs = 14
/** How long after a call others count as making calls. */
const companyMs = 1_000

/** All calls that wait for one caller to begin. */
interface Beginning {
  readonly isWanted: (() => boolean)[]
  readonly turn: PromiseWithResolvers<void>
}

interface Account {
  readonly id: AccountId
  readonly waiting: Map<string, Beginning>
  isResting: boolean
}

/**
 * Lets new callers begin one a turn of the event loop, the accounts by turns, and those of one account at intervals
 * while other accounts make calls: a context and its handshake take longer than the calls that would wait for them.
 */
export class CallerTurns {
  /** Accounts for which somebody waits, and those that rest. */
  readonly #accounts = new Map<AccountId, Account>()
  /** In the order of their turns. */
  readonly #ready = new Set<Account>()
  #latest: AccountId | undefined
  #hasCompany = false
  #companyUntil = 0

  /** To be called for every call, and cheap. */
  noteCall(accountId: AccountId): void {
    if (accountId === this.#latest) return
    this.#hasCompany = this.#latest !== undefined
    this.#latest = accountId
  }

  /**
   * Resolves when it is the turn of one caller of the account, which may begin in that very turn. Everyone who waits
   * for the same caller has the same turn.
   * @param key which of the account's callers
   * @param isWanted `false`: the call has gone, and needs no turn
   */
  next(accountId: AccountId, key: string, isWanted: () => boolean): Promise<void> {
    const account = this.#accounts.get(accountId) ?? { id: accountId, waiting: new Map(), isResting: false }
    this.#accounts.set(accountId, account)
    const beginning = account.waiting.get(key) ?? { isWanted: [], turn: Promise.withResolvers<void>() }
    account.waiting.set(key, beginning)
    beginning.isWanted.push(isWanted)
    if (!account.isResting) this.#line(account)
    return beginning.turn.promise
  }

  #line(account: Account): void {
    if (this.#ready.size === 0) setImmediate(this.#run)
    this.#ready.add(account)
  }

  readonly #run = (): void => {
    const [account] = this.#ready
    if (account === undefined) return
    this.#ready.delete(account)
    if (this.#begin(account) && this.#isMixed()) this.#rest(account)
    else if (account.waiting.size > 0) this.#ready.add(account)
    else this.#accounts.delete(account.id)
    if (this.#ready.size > 0) setImmediate(this.#run)
  }

  /** Begins the account's first caller that is still wanted. @returns whether there was one */
  #begin({ waiting }: Account): boolean {
    for (const [key, { isWanted, turn }] of waiting) {
      waiting.delete(key)
      turn.resolve()
      if (isWanted.some((isStill) => isStill())) return true
    }
    return false
  }

  #rest(account: Account): void {
    account.isResting = true
    setTimeout(() => {
      account.isResting = false
      if (account.waiting.size > 0) this.#line(account)
      else this.#accounts.delete(account.id)
    }, restMs)
  }

  /** Whether more than one account has made calls lately. */
  #isMixed(): boolean {
    const now = performance.now()
    if (this.#hasCompany) this.#companyUntil = now + companyMs
    this.#hasCompany = false
    return now < this.#companyUntil
  }
}
