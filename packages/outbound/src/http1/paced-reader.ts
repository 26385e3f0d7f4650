import type { TLSSocket } from 'node:tls'
import { type Batched, type Job, type TurnBatch, WorkTime } from '@mtls-gateway/event-loop'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { inputOf, type TargetInput } from '../connect/target-socket.ts'

/** Node hands on each TLS record by itself: as many large ones are a quarter of a millisecond's work. */
const piecesAtOnce = 8
/** As many very small ones show a target that divides what it says so that it costs more; on a machine however fast. */
const manyPieces = 100
/** Few pieces are large: to copy them together would cost more than to hand on each. */
const fewPieces = 6
/** Most answers are no longer: they are no burden. */
const shortPieceBytes = 512

/** What is kept of a turn takes as long for each byte where records are longer than a few bytes. */
const usualMsPerByte = 4 / (64 * 1024)
/** What the first pieces take. */
const msPerByteAtOnce = 2 / (1024 * 1024)
/** No record, and no byte in it, takes longer: the process did not run for the rest, or collected garbage. */
const longestMsPerPiece = 0.01
const longestMsPerByte = 0.001

/** Whose bytes they are. */
export interface PacedReaderOwner {
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
  /** As long as the last turn took. */
  expectedMs = 0
  readonly #owner: PacedReaderOwner
  readonly #turnBatch: TurnBatch
  /** Where accounts share the event loop, whose turn it is. */
  readonly #loop: AccountLoop | undefined
  readonly #input: TargetInput
  /** The last turn of the event loop in which something came; how many pieces in it, and their bytes. */
  #turn = -1
  #pieces = 0
  #bytes = 0
  #piecesSoFar = 0
  /** Since it has brought more than its share of a turn, and has to line up. */
  #overdraft: { readonly work: WorkTime; readonly bytesAtOnce: number; readonly kept: Buffer[]; ms: number } | undefined
  #isWaiting = false
  #isStopped = false

  constructor(socket: TLSSocket, owner: PacedReaderOwner, turnBatch: TurnBatch, loop: AccountLoop | undefined) {
    this.#owner = owner
    this.#turnBatch = turnBatch
    this.#loop = loop
    this.#input = inputOf(socket)
    this.#input.receive = this.read
  }

  /** It has brought its share, and waits for its turn. */
  get isWaiting(): boolean {
    return this.#isWaiting || this.#overdraft !== undefined
  }

  /** Each is of one TLS record. */
  get piecesSoFar(): number {
    return this.#piecesSoFar
  }

  readonly read = (bytes: Buffer): void => {
    if (this.#isStopped) return
    const turn = this.#turnBatch.count()
    if (turn !== this.#turn) {
      this.#pieces = 0
      this.#bytes = 0
    }
    this.#turn = turn
    this.#pieces += 1
    this.#piecesSoFar += 1
    if (this.#overdraft === undefined && this.#isTooMuch(bytes.length)) {
      this.#overdraft = { work: new WorkTime(), bytesAtOnce: this.#bytes, kept: [], ms: 0 }
      this.#input.pause('turn')
      this.#turnBatch.add(this)
    }
    this.#bytes += bytes.length
    if (this.#overdraft === undefined) this.#owner.onBytes(bytes)
    else {
      this.#overdraft.kept.push(bytes)
      // Nothing else is done between the pieces of one read.
      this.#overdraft.ms = this.#overdraft.work.ms
    }
  }

  /** Hands on what has come: nothing is to come behind it. */
  flush(): void {
    const kept = this.#overdraft?.kept.splice(0) ?? []
    for (const bytes of kept.length > fewPieces ? [Buffer.concat(kept)] : kept) {
      if (!this.#isStopped) this.#owner.onBytes(bytes)
    }
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#loop?.leave(this)
  }

  onTurnEnd(): void {
    const overdraft = this.#overdraft
    const handingOn = new WorkTime()
    this.flush()
    this.#overdraft = undefined
    if (overdraft === undefined || this.#isStopped) return
    const bytesBehind = this.#bytes - overdraft.bytesAtOnce
    const longestMs = this.#pieces * longestMsPerPiece + bytesBehind * longestMsPerByte
    const msAtOnce = overdraft.bytesAtOnce * msPerByteAtOnce
    this.expectedMs = Math.min(overdraft.ms + handingOn.ms, longestMs) + msAtOnce
    const usualMs = this.#pieces < manyPieces ? this.expectedMs : msAtOnce + bytesBehind * usualMsPerByte
    this.#isWaiting = true
    if (this.#loop === undefined) setImmediate(() => this.onTurn())
    else if (this.#loop.spend(this.expectedMs, usualMs)) this.#loop.lineUp(this)
    else this.#owner.onTooCostly()
    this.#owner.onWaiting()
  }

  onTurn(): void {
    this.#isWaiting = false
    this.#input.resume('turn')
    this.#owner.onWaiting()
  }

  #isTooMuch(length: number): boolean {
    if (this.#pieces > piecesAtOnce) return true
    return length > shortPieceBytes && this.#loop?.isTooMuch(this.#turn, length) === true
  }
}
