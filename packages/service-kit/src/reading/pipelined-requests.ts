import type { Socket } from 'node:net'
import type { Batched } from '@mtls-gateway/event-loop'
import type { CallerReader } from './caller-reader.ts'
import type { CallersLine } from './callers-line.ts'
import { holdReason } from './reading-hold.ts'

/** Requests of a connection that have come and are not answered. Clients that pipeline at all send fewer. */
export const mostUnanswered = 16
/** Carried out in the turn in which they come. */
const requestsAtOnce = 2

/**
 * Requests that come on a connection without waiting for answers: 2,400 of them in a single read. A few are carried out
 * at once, those behind them one a turn of the event loop.
 */
export class PipelinedRequests implements Batched {
  readonly #callers: CallersLine
  readonly #reader: CallerReader
  /** The last turn of the event loop in which one came, and how many in it. */
  #turn = -1
  #ofTurn = 0
  #waiting: (() => void)[] = []
  #isBatched = false
  #isGoingOn = false

  constructor(socket: Socket, reader: CallerReader, callers: CallersLine) {
    this.#callers = callers
    this.#reader = reader
    socket.once('close', () => {
      this.#waiting = []
    })
  }

  /**
   * Counts a request whose head has come.
   * @param unanswered those that are being carried out
   * @returns false if it is one too many
   */
  take(unanswered: number): boolean {
    const turn = this.#callers.turnBatch.count()
    if (turn !== this.#turn) this.#ofTurn = 0
    this.#turn = turn
    if (this.#ofTurn >= mostUnanswered || this.#waiting.length + unanswered >= mostUnanswered) return false
    this.#ofTurn += 1
    return true
  }

  /** Whether the request that has come may be carried out at once. */
  get isFree(): boolean {
    return this.#ofTurn <= requestsAtOnce && this.#waiting.length === 0
  }

  /** For a request that is to be carried out in its turn. */
  wait(act: () => void): void {
    this.#reader.reading.begin(holdReason.requests)
    this.#waiting.push(act)
    this.#putOff()
  }

  /** Behind the requests that have come so far. */
  afterwards(act: () => void): void {
    if (this.#waiting.length === 0 || this.#isGoingOn) act()
    else this.#waiting.push(act)
  }

  onTurnEnd(): void {
    this.#isBatched = false
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#isGoingOn = true
    try {
      next()
    } finally {
      this.#isGoingOn = false
      if (this.#waiting.length > 0) this.#putOff()
      else this.#reader.reading.end(holdReason.requests)
    }
  }

  #putOff(): void {
    if (this.#isBatched) return
    this.#isBatched = true
    this.#callers.turnBatch.add(this)
  }
}
