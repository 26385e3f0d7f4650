import type { TLSSocket } from 'node:tls'
import { type Batched, type Job, type TurnBatch, WorkTime } from '@mtls-gateway/event-loop'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { inputOf, type TargetInput } from '../connect/target-socket.ts'

/** Node hands on each TLS record by itself. Of large ones, as many are a quarter of a millisecond's work. */
const piecesAtOnce = 4
const largePiecesAtOnce = 8
const largePieceBytes = 8_192
/** The most that one read, and what is left of the one before, have where no record is small. */
const piecesOfRead = 6
/** Most answers are no longer: they are no burden. */
const shortPieceBytes = 512

/** What is kept of a turn takes as long for each byte where records are longer than a few bytes. */
const usualMsPerByte = 4 / (64 * 1024)
/** What pieces take that are handed on as they come. */
const msPerByteHandedOn = 2 / (1024 * 1024)
/** No record, and no byte in it, takes longer: the process did not run for the rest, or collected garbage. */
const longestMsPerPiece = 0.01
const longestMsPerByte = 0.001

/** Whose bytes they are. */
export interface PacedReaderOwner {
  readonly turnBatch: TurnBatch
  onBytes(bytes: Buffer): void
  /** It waits for its turn, or no longer. */
  onWaiting(): void
  /** What it brings costs more than its account may cost. */
  onTooCostly(): void
}

/**
 * Limits how much of one turn of the event loop a connection takes. Node reads 64 KiB at once and passes on each TLS
 * record by itself, 5 us of work for a single byte. Here the first few pieces of a turn are passed on as they arrive.
 * The rest of that read is passed on together at the end of the turn, and nothing more is read until it is this
 * connection's turn again. A short answer costs nothing extra.
 */
export class PacedReader implements Batched, Job {
  /** As long as what was kept last time took. */
  expectedMs = 0
  readonly #owner: PacedReaderOwner
  /** Where accounts share the event loop, whose turn it is. */
  readonly #loop: AccountLoop | undefined
  /** The last turn of the event loop in which something came, and how many pieces in it. */
  #turn = -1
  #pieces = 0
  /** Those of this turn, as they came. */
  #handedOnBytes = 0
  #piecesSoFar = 0
  readonly #input: TargetInput
  #kept: Buffer[] = []
  /** Since it is overdrawn. */
  #reading: WorkTime | undefined
  /** How long it took to read what is kept. */
  #readingMs = 0
  #keptBytes = 0
  #keptPieces = 0
  /** It has brought more than its share of a turn: it has to line up. */
  #isOverdrawn = false
  #isWaiting = false
  #isPaused = false
  #isStopped = false

  constructor(socket: TLSSocket, owner: PacedReaderOwner, loop: AccountLoop | undefined) {
    this.#owner = owner
    this.#loop = loop
    this.#input = inputOf(socket)
    this.#input.receive = this.read
  }

  /** It has brought its share, and waits for its turn. */
  get isWaiting(): boolean {
    return this.#isWaiting || this.#isOverdrawn
  }

  /** Each is of one TLS record. */
  get piecesSoFar(): number {
    return this.#piecesSoFar
  }

  readonly read = (bytes: Buffer): void => {
    const turn = this.#owner.turnBatch.count()
    if (turn !== this.#turn) {
      this.#pieces = 0
      this.#handedOnBytes = 0
    }
    this.#turn = turn
    this.#pieces += 1
    this.#piecesSoFar += 1
    const isTooMuch = this.#isTooMuch(bytes.length)
    // Nothing overtakes what was kept during a pause, and is handed on only at the end of the turn.
    if (isTooMuch || this.#kept.length > 0 || this.#isPaused) this.#keep(bytes, isTooMuch)
    else {
      this.#handedOnBytes += bytes.length
      this.#owner.onBytes(bytes)
    }
  }

  /** Nothing more is read; what Node has read already is kept. */
  pause(): void {
    this.#isPaused = true
    this.#input.pause('caller')
  }

  resume(): void {
    this.#isPaused = false
    this.#input.resume('caller')
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
    this.flush()
    const longestMs = this.#keptPieces * longestMsPerPiece + this.#keptBytes * longestMsPerByte
    if (this.#isOverdrawn) this.#lineUp(Math.min(this.#readingMs + work.ms, longestMs))
    this.#readingMs = 0
    this.#keptBytes = 0
    this.#keptPieces = 0
  }

  onTurn(): void {
    this.#isWaiting = false
    this.#input.resume('turn')
    this.#owner.onWaiting()
  }

  #isTooMuch(length: number): boolean {
    if (this.#isOverdrawn || this.#pieces > (length < largePieceBytes ? piecesAtOnce : largePiecesAtOnce)) return true
    return length > shortPieceBytes && this.#loop?.isTooMuch(this.#turn, length) === true
  }

  #keep(bytes: Buffer, isTooMuch: boolean): void {
    if (this.#isStopped) return
    if (this.#kept.length === 0) this.#owner.turnBatch.add(this)
    this.#kept.push(bytes)
    this.#keptBytes += bytes.length
    this.#keptPieces += 1
    if (!isTooMuch) return
    if (!this.#isOverdrawn) {
      this.#isOverdrawn = true
      this.#input.pause('turn')
      this.#reading = new WorkTime()
    }
    // Nothing else is done between the pieces of one read.
    this.#readingMs = this.#reading?.ms ?? 0
  }

  #lineUp(workMs: number): void {
    this.#isOverdrawn = false
    if (this.#isStopped) return
    const handedOnMs = this.#handedOnBytes * msPerByteHandedOn
    this.expectedMs = workMs + handedOnMs
    this.#isWaiting = true
    // What was kept during a pause may have seen the turn of a hold go by.
    this.#input.pause('turn')
    if (this.#loop === undefined) setImmediate(() => this.onTurn())
    else if (this.#loop.spend(this.expectedMs, handedOnMs + this.#keptBytes * usualMsPerByte)) this.#loop.lineUp(this)
    else this.#owner.onTooCostly()
    this.#owner.onWaiting()
  }
}
