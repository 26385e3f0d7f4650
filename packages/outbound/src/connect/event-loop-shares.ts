import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { type Job, type MaybePromise, Turns } from '@mtls-gateway/event-loop'

/** A target may let as many handshakes go on at the same moment, whatever each of them takes then. */
export const handshakeLimits = {
  total: 1_024,
  share: 32,
  reserve: 128,
  waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 10_000 },
} satisfies BulkheadLimits

/** Milliseconds that only unusual targets cost. An honest one may cost some, and so may a pause of the processor. */
export const targetCostLimits: BulkheadLimits = { total: 100_000, share: 300, reserve: 10_000, cooledPerSecond: 10 }

/**
 * A step of a handshake with usual keys takes less, also where its account signs by a key of 4,096 bits, and on a slow
 * machine. Up to here the clock alone tells (`WorkTime`), and it goes on while others have the processor.
 */
const usualHandshakeMs = 8
/** Longer than any that this package lets happen: the process did not run for the rest of it. */
const longestMs = 25
/**
 * What a connection takes that fails. Its call, its socket and its error are one millisecond; they outlive a collection
 * of the young generation, which is a pause for everybody, as long as there are many.
 */
const failedConnectionMs = 3
/** What is less is added up until it is as much. */
const leastMs = 1
/** For each millisecond that its connections take, an account rests for three; once it costs too much, for more. */
const restPerWork = 3
const restPerExcess = 100
/** Calls of all accounts pass through several turns of the event loop, each of which has other work, too. */
const msOfTurn = 0.5
/** What all connections bring together in one turn of the event loop before each of them waits for its own. */
const bytesOfTurn = 256 * 1024

/** What an account has not rested for, or not paid for, yet: each less than a millisecond. */
interface Owed {
  readonly workMs: number
  readonly excessMs: number
}

const nothingOwed: Owed = { workMs: 0, excessMs: 0 }

/** What the connections of one account take of the event loop. */
export interface AccountLoop {
  /** Opens a connection, by `onTurn`, at once or when it is the account's turn to. */
  open(job: Job): void
  /** A connection has failed, whoever's fault it is. The account opens no other one for a while in return. */
  countFailed(): void
  /**
   * A place for a handshake, at once or when it is the account's turn.
   * @throws CodedError `TOO_MANY_CALLS`, `SHUTTING_DOWN`; also rejects with them
   */
  handshake(until: Closable): MaybePromise<Permit>
  /** Work that a connection could not be let do at once: its `onTurn` is called when it is the account's turn. */
  lineUp(job: Job): void
  leave(job: Job): void
  /** What a call is told whose connection has waited for its turn for too long: CodedError `TOO_MANY_CALLS`. */
  refusal(): Error
  /**
   * A connection has taken so many milliseconds of the event loop. The account rests in return.
   * @param usualMs what a usual target would have taken for the same; by default, as for a step of a handshake
   * @returns false where it took more than that, and its account's targets have cost too much: it is to be closed
   */
  spend(ms: number, usualMs?: number): boolean
  /** Whether all connections have brought, with this piece, more than a turn of the event loop has room for. */
  isTooMuch(turn: number, bytes: number): boolean
}

/**
 * Divides the event loop among the connections of all accounts. A step of a handshake, or what a connection brings at
 * once, is up to 20 ms of it, uninterrupted, and how long is the target's choice. So those of each account go on in
 * turn, and rest for three times as long as they took: a quarter of the loop is the most that it can have. What is
 * beyond the usual counts against a budget (`target-costs`); once that is used up, the connection is closed.
 */
export class EventLoopShares {
  readonly #turns = new Turns(msOfTurn)
  /** Apart: connections that fail hold up no other connection of their account. */
  readonly #openings = new Turns()
  readonly #handshakes: Bulkhead
  readonly #costs: Bulkhead
  readonly #owed = new Map<AccountId, Owed>()
  #turn = -1
  #bytes = 0

  /**
   * @param handshakes divided by {@link handshakeLimits}
   * @param costs divided by {@link targetCostLimits}
   */
  constructor(handshakes: Bulkhead, costs: Bulkhead) {
    this.#handshakes = handshakes
    this.#costs = costs
  }

  of(accountId: AccountId): AccountLoop {
    return {
      open: (job) => this.#openings.add(accountId, job),
      countFailed: () => this.#openings.rest(accountId, failedConnectionMs * restPerWork),
      handshake: (until) => this.#handshakes.acquire(accountId, 1, until),
      lineUp: (job) => this.#turns.add(accountId, job),
      leave: (job) => {
        this.#openings.leave(accountId, job)
        this.#turns.leave(accountId, job)
      },
      refusal: () => this.#handshakes.refusal(),
      spend: (ms, usualMs) => this.#spend(accountId, ms, usualMs),
      isTooMuch: (turn, bytes) => this.#isTooMuch(turn, bytes),
    }
  }

  #spend(accountId: AccountId, ms: number, usualMs = usualHandshakeMs): boolean {
    const owed = this.#owed.get(accountId) ?? nothingOwed
    // A single long answer may take what nobody else needs.
    const isFree = ms < leastMs && !this.#turns.isWaitedForBy(accountId)
    const workMs = owed.workMs + (isFree ? 0 : ms)
    const excessMs = owed.excessMs + Math.max(0, Math.min(ms, longestMs) - usualMs)
    const isAllowed = excessMs < leastMs || this.#pay(accountId, Math.floor(excessMs))
    const isDue = workMs >= leastMs || !isAllowed
    if (isDue) this.#turns.rest(accountId, workMs * (isAllowed ? restPerWork : restPerExcess))
    const left = { workMs: isDue ? 0 : workMs, excessMs: excessMs % leastMs }
    if (left.workMs + left.excessMs > 0) this.#owed.set(accountId, left)
    else this.#owed.delete(accountId)
    return isAllowed
  }

  #pay(accountId: AccountId, excess: number): boolean {
    const permit = this.#costs.tryAcquire(accountId, excess)
    permit?.release()
    return permit !== undefined
  }

  #isTooMuch(turn: number, bytes: number): boolean {
    if (turn !== this.#turn) this.#bytes = 0
    this.#turn = turn
    this.#bytes += bytes
    return this.#bytes > bytesOfTurn
  }
}
