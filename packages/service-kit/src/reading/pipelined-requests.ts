import type { Socket } from 'node:net'
import type { Batched } from '@mtls-gateway/event-loop'
import type { CallerReader } from './caller-reader.ts'
import type { CallersLine } from './callers-line.ts'
import { holdReason } from './reading-hold.ts'

/** Unanswered requests of a connection. Clients that pipeline at all send fewer. */
export const mostUnanswered = 16
/** Requests that are carried out in the turn in which they arrive. */
const requestsAtOnce = 2

/**
 * Requests that a connection sends without waiting for answers: up to 2,400 in a single read. A few are carried out at
 * once, and the others one per turn of the event loop.
 */
export class PipelinedRequests implements Batched {
  readonly #callers: CallersLine
  readonly #reader: CallerReader
  /** The last turn of the event loop in which one arrived, and how many did. */
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
   * Counts a request whose head has arrived.
   * @param unanswered the number of those being carried out
   * @returns false if this is one too many
   */
  take(unanswered: number): boolean {
    const turn = this.#callers.turnBatch.count()
    if (turn !== this.#turn) this.#ofTurn = 0
    this.#turn = turn
    if (this.#ofTurn >= mostUnanswered || this.#waiting.length + unanswered >= mostUnanswered) return false
    this.#ofTurn += 1
    return true
  }

  /** Whether the request may be carried out at once. */
  get isFree(): boolean {
    return this.#ofTurn <= requestsAtOnce && this.#waiting.length === 0
  }

  /** For a request that has to wait for its turn. */
  wait(act: () => void): void {
    this.#reader.reading.begin(holdReason.requests)
    this.#waiting.push(act)
    this.#putOff()
  }

  /** After the requests that have arrived so far. */
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
