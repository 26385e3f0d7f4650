import type { TLSSocket } from 'node:tls'
import { type Batched, type Member, type TurnBatch, WorkTime } from '@mtls-gateway/event-loop'
import { InputPause, inputOf } from '../connect/target-socket.ts'
import type { AccountLoop } from '../turns/event-loop-turns.ts'

/** Node hands on each TLS record by itself. Of large ones, as many are a quarter of a millisecond's work. */
const piecesAtOnce = 4
const largePiecesAtOnce = 8
const largePieceBytes = 8_192
/** The most that one read, and what is left of the one before, have where no record is small. */
const piecesOfRead = 6
/** Most answers are no longer, and handling one takes at most twenty times as long as measuring how long it took. */
const shortPieceBytes = 512
/** A record does not take longer; whatever does has kept this process from running. */
const longestPieceMs = 4

/** Whose bytes they are. */
export interface PacedReaderOwner {
  readonly turnBatch: TurnBatch
  onBytes(bytes: Buffer): void
  /** It waits for its turn, or no longer. */
  onWaiting(): void
}

/**
 * What a connection brings, and no more of it in one turn of the event loop than that others can have theirs. Node
 * reads up to 2 MiB of a connection at once, and hands on each record by itself, 1 us of work for a single byte. Here
 * the first pieces of a turn are handed on as they come; what is behind them comes together at the end of the turn, and
 * is the last until it is this connection's turn again. A short answer costs nothing extra.
 */
export class PacedReader implements Batched, Member {
  readonly #owner: PacedReaderOwner
  /** Where accounts share the event loop, whose turn it is. */
  readonly #loop: AccountLoop | undefined
  /** The last turn of the event loop in which something came, and how many pieces in it. */
  #turn = -1
  #pieces = 0
  #piecesSoFar = 0
  /** Until its turn. */
  readonly #hold: InputPause
  /** Until whoever reads the answer takes more. */
  readonly #pause: InputPause
  readonly #work = new WorkTime()
  #kept: Buffer[] = []
  #keptMs = 0
  /** It has brought more than its share of a turn: it has to line up. */
  #isOverdrawn = false
  #isWaiting = false
  #isPaused = false
  #isStopped = false

  constructor(socket: TLSSocket, owner: PacedReaderOwner, loop: AccountLoop | undefined) {
    this.#owner = owner
    this.#loop = loop
    const input = inputOf(socket)
    this.#hold = new InputPause(input)
    this.#pause = new InputPause(input)
    input.receive = this.read
    loop?.enter(this)
  }

  /** It has brought its share, and waits for its turn. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Each is of one TLS record. */
  get piecesSoFar(): number {
    return this.#piecesSoFar
  }

  readonly read = (bytes: Buffer): void => {
    const turn = this.#owner.turnBatch.count()
    if (turn !== this.#turn) this.#pieces = 0
    this.#turn = turn
    this.#pieces += 1
    this.#piecesSoFar += 1
    // Nothing overtakes what was kept during a pause, and is handed on only at the end of the turn.
    if (this.#kept.length > 0 || this.#isPaused || this.#isTooMuch(bytes)) this.#keep(bytes)
    else if (bytes.length < shortPieceBytes) this.#owner.onBytes(bytes)
    else this.#handOnTimed(bytes)
  }

  /** Nothing more is read; what Node has read already is kept. */
  pause(): void {
    this.#isPaused = true
    this.#pause.begin()
  }

  resume(): void {
    this.#isPaused = false
    this.#pause.end()
    if (this.#kept.length > 0) this.#owner.turnBatch.add(this)
  }

  /** Hands on what has come: nothing is to come behind it. */
  flush(): void {
    const kept = this.#kept
    this.#kept = []
    // Few pieces are large: to copy them together would cost more than to hand on each.
    for (const bytes of kept.length > piecesOfRead ? [Buffer.concat(kept)] : kept) {
      if (!this.#isStopped) this.#owner.onBytes(bytes)
    }
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#kept = []
    this.#loop?.leave(this)
  }

  onTurnEnd(): void {
    if (this.#kept.length === 0 || this.#isPaused) return
    const work = new WorkTime()
    work.begin()
    this.flush()
    work.end()
    if (this.#isOverdrawn) this.#lineUp(work.ms)
    else this.#loop?.spend(work.ms)
    this.#isOverdrawn = false
  }

  hold(): void {
    this.#isWaiting = true
    this.#hold.begin()
    this.#owner.onWaiting()
  }

  onTurn(): void {
    this.#isWaiting = false
    this.#hold.end()
    this.#owner.onWaiting()
  }

  #isTooMuch({ length }: Buffer): boolean {
    return this.#isOverdrawn || this.#pieces > (length < largePieceBytes ? piecesAtOnce : largePiecesAtOnce)
  }

  #handOnTimed(bytes: Buffer): void {
    const began = performance.now()
    this.#owner.onBytes(bytes)
    this.#loop?.spend(Math.min(performance.now() - began, longestPieceMs))
  }

  #keep(bytes: Buffer): void {
    if (this.#isStopped) return
    if (this.#kept.length === 0) this.#owner.turnBatch.add(this)
    this.#kept.push(bytes)
    if (!this.#isTooMuch(bytes)) return
    if (!this.#isOverdrawn) {
      this.#isOverdrawn = true
      this.#hold.begin()
      this.#keptMs = 0
      this.#work.begin()
    }
    const before = this.#keptMs
    this.#keptMs = this.#work.goingOnMs
    this.#loop?.spend(this.#keptMs - before)
  }

  #lineUp(workMs: number): void {
    if (this.#isStopped) return
    this.#isWaiting = true
    // What was kept during a pause may have seen the turn of a hold go by.
    this.#hold.begin()
    if (this.#loop === undefined) setImmediate(() => this.onTurn())
    else this.#loop.lineUpForReading(this, workMs)
    this.#owner.onWaiting()
  }
}
