import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import { type AccountId, isPromise } from '@mtls-gateway/domain'
import { AccountHandshakes } from './account-handshakes.ts'
import { Company } from './company.ts'

/** A target may let as many go on at the same moment, whatever each of them takes then. */
const share = 32
/** How long one waits at most for a place, and then while its account rests, in milliseconds. */
const limitMs = 10_000

/** How the handshakes that are under way are divided among accounts. */
export const handshakeLimits = {
  total: 1_024,
  share,
  reserve: 128,
  waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs },
} satisfies BulkheadLimits

/** A handshake that has its turn. */
export interface HandshakeTurn {
  /**
   * It is over. May be called again.
   * @param workMs what it took of the event loop, in milliseconds
   */
  end(workMs: number): void
}

export interface HandshakeWish {
  /** Whoever waits no longer wants a turn once this is closed. */
  readonly until: Closable
  /** It is its turn. Also once more after `until` has closed, if its turn was on the way to it: end it then. */
  begin(turn: HandshakeTurn): void
  /** Its turn does not come: with a CodedError, `TOO_MANY_CALLS` or `SHUTTING_DOWN`. */
  refuse(error: Error): void
}

/** The handshakes of an account, to the connections that it makes. */
export interface Handshakes {
  /** Calls the wish's `begin` or `refuse`, at once or later, unless it is closed before. */
  take(wish: HandshakeWish): void
  /** What could not be let wait, but counts: a new caller, or what a target sends behind its handshake. */
  noteWork(workMs: number): void
}

/**
 * Decides when each account's handshakes begin. One takes OpenSSL up to 20 ms of the event loop, uninterrupted, and how
 * long is the target's choice. So an account rests between its handshakes while other accounts make calls, and only so
 * many are under way that all of them may continue at the same moment.
 */
export class HandshakeTurns {
  readonly #places: Bulkhead
  readonly #longestWaitMs: number
  readonly #company = new Company()
  /** Those that have handshakes, and those that rest. */
  readonly #accounts = new Map<AccountId, AccountHandshakes>()

  /**
   * @param places divided by {@link handshakeLimits}
   * @param longestWaitMs how long one waits at most while its account rests
   */
  constructor(places: Bulkhead, longestWaitMs = limitMs) {
    this.#places = places
    this.#longestWaitMs = longestWaitMs
  }

  /** To be told of every call, and cheap. */
  noteCall(accountId: AccountId): void {
    this.#company.note(accountId)
  }

  /** The turns of one account. */
  of(accountId: AccountId): Handshakes {
    return {
      take: (wish) => this.#take(accountId, wish),
      noteWork: (workMs) => this.#accountOf(accountId).noteWork(workMs),
    }
  }

  #take(accountId: AccountId, wish: HandshakeWish): void {
    try {
      const place = this.#places.acquire(accountId, 1, wish.until)
      if (isPromise(place)) place.then((permit) => this.#line(accountId, permit, wish), wish.refuse)
      else this.#line(accountId, place, wish)
    } catch (error) {
      // Only errors are thrown here.
      wish.refuse(error as Error)
    }
  }

  #line(accountId: AccountId, permit: Permit, wish: HandshakeWish): void {
    this.#accountOf(accountId).line(permit, wish)
  }

  #accountOf(accountId: AccountId): AccountHandshakes {
    return this.#accounts.get(accountId) ?? this.#open(accountId)
  }

  #open(accountId: AccountId): AccountHandshakes {
    const account: AccountHandshakes = new AccountHandshakes({
      most: share,
      othersAt: () => this.#company.lastBeside(accountId),
      limitMs: this.#longestWaitMs,
      refusal: () => this.#places.refusal(),
      onIdle: () => {
        if (this.#accounts.get(accountId) === account) this.#accounts.delete(accountId)
      },
    })
    this.#accounts.set(accountId, account)
    return account
  }
}
