import type { Socket } from 'node:net'
import { type Batched, type InLine, WorkTime } from '@mtls-gateway/event-loop'
import { BlankBytes } from './blank-bytes.ts'
import type { CallersLine } from './callers-line.ts'
import type { Suspect } from './long-reads.ts'
import { holdReason, ReadingHold } from './reading-hold.ts'
import { SlicedReading } from './sliced-reading.ts'

/** One read of 64 KiB in the largest TLS records. Later pieces are put together. */
const piecesAtOnce = 4
/** A caller that sends more in one turn has to wait in line. Large pieces never do, however many bytes they have. */
const shortPieces = 64
/** How often the time is measured: reading the clock takes a tenth of what a piece takes. */
const measuredPieces = 32
/** A read that takes longer delays others by more than their own calls take. */
const longReadMs = 1
/** For this long after it had to wait in line, a caller does not count as one that others delay. */
const linesUpMs = 10_000
/** This many bytes outside of bodies count as a piece. */
const bytesOfPiece = 4_096
/** Names and values in a head. No usual client sends more; for others, `fieldsOfPiece` of them count as a piece. */
const usualFields = 256
const fieldsOfPiece = 64
/** In about a millisecond. */
const fieldsOfLongRead = 4_096

/** Gathers the pieces of a body until the turn is over. */
export interface Gathering {
  onTurnEnd(): void
}

const ofSocket = Symbol('reader')

interface ReadSocket extends Socket {
  /** Node's parser; null once it has released the connection. */
  readonly parser?: object | null
  [ofSocket]?: CallerReader
}

/** Undefined if a server does not read in turns. */
export function readerOf(socket: Socket): CallerReader | undefined {
  return (socket as ReadSocket)[ofSocket]
}

export interface CallerReaderOptions {
  /** Its address, if connections from one address are those of one caller. */
  readonly party: string | undefined
  /** The limit for a head. */
  readonly headBytes: number
}

/**
 * Limits what a caller's connection brings in a turn of the event loop. Each piece of a body, such as a single byte in
 * a chunk of its own, costs Node at least a microsecond, and Node reads 2 MiB of a connection at once, which makes
 * 0.3 s. Here the first pieces of a turn are handed on as they come. At the next one Node stops reading the connection,
 * so that only the rest of that read, 64 KiB, follows. It is handed on in one piece at the end of the turn. A caller
 * that sends many pieces then waits in line.
 */
export class CallerReader implements Batched, InLine, Suspect {
  readonly reading: ReadingHold
  readonly #socket: ReadSocket
  readonly #callers: CallersLine
  /** The address, if connections from one address are those of one caller. */
  readonly party: string | undefined
  readonly #blank: BlankBytes
  readonly #work = new WorkTime()
  /** The last turn of the event loop in which something arrived, and the number of its pieces. */
  #turn = -1
  #pieces = 0
  #workMs = 0
  #gathering: Gathering | undefined
  #isCounted = false
  /** In the current read. */
  #heads = 0
  #hasBody = false
  /** For large heads in this turn. */
  #fields = 0
  #sliced: SlicedReading | undefined
  #linedUpAt = 0

  constructor(socket: Socket, callers: CallersLine, { party, headBytes }: CallerReaderOptions) {
    this.reading = new ReadingHold(socket)
    this.party = party
    this.#socket = socket
    this.#callers = callers
    this.#blank = new BlankBytes(headBytes)
    this.#socket[ofSocket] = this
    socket.once('close', () => {
      callers.line.leave(this)
      callers.leave(this, party)
    })
    callers.enter(this, party)
    // It would bring as much before it lines up.
    if (callers.isSuspect(party)) this.slice()
  }

  /** More has arrived in this turn than is handed on at once. */
  get isOver(): boolean {
    return this.#pieces > piecesAtOnce
  }

  /** It has recently had to wait in line. */
  get linesUp(): boolean {
    return this.#linedUpAt > 0 && performance.now() - this.#linedUpAt < linesUpMs
  }

  /**
   * Counts a piece.
   * @returns whether to keep it for the end of the turn
   */
  take(): boolean {
    this.#isCounted = true
    this.#hasBody = true
    this.#count(1)
    if (this.#pieces % measuredPieces === 0 && this.isOver) this.#measure()
    return this.isOver
  }

  /** The head of a request. Their number is limited elsewhere. */
  takeHead(fields: number): void {
    this.#isCounted = true
    this.#heads += 1
    if (fields <= usualFields) return
    const before = this.#fields
    this.#fields += fields
    this.#count(Math.ceil(fields / fieldsOfPiece))
    if (before <= fieldsOfLongRead && this.#fields > fieldsOfLongRead) this.#callers.noteLong(this.party, this)
  }

  /** Something was read: part of a head, lines between requests, or pieces that have been counted. */
  noteRead(bytes: number): void {
    if (!this.#isCounted) this.#count(1 + Math.floor(bytes / bytesOfPiece))
    if (this.#hasBody) this.#blank.clear()
    else if (this.#blank.add(bytes, this.#heads)) this.#socket.destroy()
    this.#isCounted = false
    this.#hasBody = false
    this.#heads = 0
  }

  /** Called at the end of the turn. */
  gathers(gathering: Gathering): void {
    this.#gathering = gathering
  }

  onTurnEnd(): void {
    const pieces = this.#pieces
    this.#pieces = 0
    if (pieces <= piecesAtOnce || this.#isGone) return
    const flush = new WorkTime()
    flush.begin()
    this.#gathering?.onTurnEnd()
    this.#gathering = undefined
    flush.end()
    this.#workMs += flush.ms + this.#fields / fieldsOfLongRead
    this.#fields = 0
    // In slices it has lined up already.
    if (pieces > shortPieces && this.#sliced === undefined) {
      this.#lineUp()
      if (this.#workMs > longReadMs) this.slice()
    }
    this.#workMs = 0
    this.reading.end(holdReason.turn)
  }

  slice(): void {
    if (this.#isGone || this.#sliced !== undefined) return
    this.#sliced = new SlicedReading(this.#socket, this, this.#callers)
    this.#callers.longReads.leave(this)
  }

  /** Whether Node's parser reads it by itself from now on. */
  unslice(): boolean {
    if (this.#sliced?.isQuiet !== true) return false
    this.#sliced.end()
    this.#sliced = undefined
    this.#callers.longReads.enter(this)
    return true
  }

  get isSliced(): boolean {
    return this.#sliced !== undefined
  }

  /** A request has been carried out, as far as that is possible without waiting. */
  noteCarriedOut(ms: number): void {
    this.#sliced?.noteCarriedOut(ms)
  }

  noteQuiet(): void {
    if (this.#callers.isSuspect(this.party)) return
    // Not in the middle of a read.
    this.#callers.turnBatch.add({ onTurnEnd: () => void this.unslice() })
  }

  hold(): void {
    this.reading.begin(holdReason.others)
  }

  goOn(): void {
    this.reading.end(holdReason.others)
  }

  /**
   * Nothing more is parsed, and later bytes are dropped. They are still read, as only that shows that a caller has left
   * whose calls to targets are still under way.
   */
  cut(): void {
    this.reading.begin(holdReason.cut)
    // The parser is in the middle of a read.
    this.#callers.turnBatch.add({
      onTurnEnd: () => {
        this.slice()
        this.#sliced?.drop()
        this.reading.end(holdReason.cut)
      },
    })
  }

  onTurn(): void {
    this.reading.end(holdReason.line)
  }

  noteLine(): void {
    this.#linedUpAt = performance.now()
    this.#callers.metrics.linedUp()
  }

  /** A connection hears of its end only after the turn, and Node releases it at once after a CONNECT. */
  get #isGone(): boolean {
    return this.#socket.destroyed || !this.#socket.parser
  }

  #count(pieces: number): void {
    const { turnBatch } = this.#callers
    const turn = turnBatch.count()
    if (turn !== this.#turn) this.#pieces = 0
    this.#turn = turn
    const before = this.#pieces
    this.#pieces += pieces
    if (before > piecesAtOnce || !this.isOver) return
    turnBatch.add(this)
    this.reading.begin(holdReason.turn)
    this.#work.begin()
  }

  #measure(): void {
    const wasLong = this.#workMs > longReadMs
    this.#workMs = this.#work.goingOnMs
    if (wasLong || this.#workMs <= longReadMs || this.#sliced !== undefined) return
    this.#callers.noteLong(this.party, this)
  }

  #lineUp(): void {
    this.noteLine()
    this.reading.begin(holdReason.line)
    this.#callers.line.add(this, this.#workMs)
  }
}
