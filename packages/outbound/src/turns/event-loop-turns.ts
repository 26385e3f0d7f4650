import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { type InLine, isPromise, Line, type Member, Rest, shortTurnMs, type TurnRest } from '@mtls-gateway/event-loop'
import { AccountHandshakes, type HandshakeWish } from './account-handshakes.ts'

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

/** What an account's connections take of the event loop. */
export interface AccountLoop {
  /** Calls the wish's `begin` or `refuse`, at once or later, unless it is closed before. */
  takeHandshake(wish: HandshakeWish): void
  /** What could not be let wait, but counts: a new identity, or what a target sends behind its handshake. */
  noteWork(workMs: number): void
  /** For what there is of a handshake to do: calls `onTurn` when it may be done, unless it leaves before. */
  lineUpForHandshake(step: InLine): void
  /** How long a call waits at most for a connection that is held, in milliseconds: as long as for a new one. */
  readonly longestWaitMs: number
  /** What it is told then: CodedError `TOO_MANY_CALLS`. */
  refusal(): Error
  /** One of its connections, until it leaves: told to `hold` when another one has brought what took too long. */
  enter(connection: Member): void
  /**
   * For what comes over its connections: calls `onTurn` when more of it may be read, unless it leaves before.
   * @param workMs what it has taken of this turn of the event loop, in milliseconds
   */
  lineUpForReading(reader: InLine, workMs: number): void
  /**
   * What came over one of its connections has been worked on at once. When that has taken too long in one turn, no
   * other one is read in it, and its new connections wait.
   */
  spend(workMs: number): void
  leave(each: InLine): void
}

interface Account {
  readonly handshakes: AccountHandshakes
  readonly handshakeSteps: Line
  readonly reading: Line
}

/**
 * Decides when an account's handshakes begin and go on, and when its connections read on. What one step of a handshake
 * takes OpenSSL, or what a connection brings in one turn, is up to 20 ms of the event loop, uninterrupted, and how long
 * is the target's choice. So an account has one step and one connection in each turn of the event loop, and rests after
 * handshakes, and after long turns, while other accounts make calls.
 */
export class EventLoopTurns {
  readonly #places: Bulkhead
  readonly #longestWaitMs: number
  readonly #latestCallers = new LatestCallers()
  /** Those that have something to wait for, and those that rest. */
  readonly #accounts = new Map<AccountId, Account>()

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
    this.#latestCallers.note(accountId)
  }

  /** The turns of one account. */
  of(accountId: AccountId): AccountLoop {
    return {
      takeHandshake: (wish) => this.#take(accountId, wish),
      noteWork: (workMs) => this.#accountOf(accountId).handshakes.noteWork(workMs),
      lineUpForHandshake: (step) => this.#accountOf(accountId).handshakeSteps.add(step, 0),
      longestWaitMs: this.#longestWaitMs,
      refusal: () => this.#places.refusal(),
      lineUpForReading: (reader, workMs) => this.#lineUpForReading(accountId, reader, workMs),
      enter: (connection) => this.#accountOf(accountId).reading.enter(connection),
      spend: (workMs) => this.#accountOf(accountId).reading.spend(workMs),
      leave: (each) => {
        const account = this.#accounts.get(accountId)
        account?.handshakeSteps.leave(each)
        account?.reading.leave(each)
      },
    }
  }

  #lineUpForReading(accountId: AccountId, reader: InLine, workMs: number): void {
    // A long answer keeps others waiting, and waits for others, as calls do.
    this.#latestCallers.note(accountId)
    this.#accountOf(accountId).reading.goOn(reader, workMs)
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
    this.#accountOf(accountId).handshakes.line(permit, wish)
  }

  #accountOf(accountId: AccountId): Account {
    return this.#accounts.get(accountId) ?? this.#open(accountId)
  }

  #open(accountId: AccountId): Account {
    const othersAt = () => this.#latestCallers.lastBeside(accountId)
    const handshakes: AccountHandshakes = new AccountHandshakes({
      most: share,
      othersAt,
      limitMs: this.#longestWaitMs,
      refusal: () => this.#places.refusal(),
      onIdle: () => {
        const isIdle = account.handshakeSteps.isIdle && account.reading.isIdle
        if (isIdle && this.#accounts.get(accountId) === account) this.#accounts.delete(accountId)
      },
    })
    const account: Account = {
      handshakes,
      handshakeSteps: new Line(othersAt, handshakes.advance),
      reading: new Line(othersAt, handshakes.advance, restAfterReading(handshakes)),
    }
    this.#accounts.set(accountId, account)
    return account
  }
}

/**
 * After a long turn an account's new connections wait as well: they would bring as much before they have to line up.
 */
function restAfterReading(handshakes: AccountHandshakes): TurnRest {
  const rest = new Rest()
  return {
    addTurn: (workMs) => {
      rest.addTurn(workMs)
      if (workMs > shortTurnMs) handshakes.noteWork(workMs)
    },
    remainingMs: (othersAt) => rest.remainingMs(othersAt),
  }
}

/** Which account called last, and when another one did, in milliseconds of `performance.now()`. */
class LatestCallers {
  #latest: AccountId | undefined
  #latestAt = Number.NEGATIVE_INFINITY
  #otherAt = Number.NEGATIVE_INFINITY

  note(accountId: AccountId): void {
    if (accountId !== this.#latest) {
      this.#otherAt = this.#latestAt
      this.#latest = accountId
    }
    this.#latestAt = performance.now()
  }

  /** When an account beside this one last made a call. */
  lastBeside(accountId: AccountId): number {
    return accountId === this.#latest ? this.#otherAt : this.#latestAt
  }
}
