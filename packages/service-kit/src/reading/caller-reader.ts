import type { Socket } from 'node:net'
import { type InLine, type PutOff, WorkTime } from '@mtls-gateway/event-loop'
import type { CallersLine, Suspect } from './callers-line.ts'
import { holdReason, ReadingHold } from './reading-hold.ts'
import { SlicedReading } from './sliced-reading.ts'

/** One read of 64 KiB in TLS records of the greatest size. What is behind them comes together. */
const piecesAtOnce = 4
/** Whoever sends more in one turn lines up. What is sent in large pieces never does, however much it is. */
const shortPieces = 64
/** How often it is measured: the clock takes a tenth of what a piece does. */
const measuredPieces = 32
/** What takes longer keeps others waiting longer than their own calls do. */
const longReadMs = 1
/**
 * What a long read is charged at most where its address is known: there is no second one from there, and whoever shares
 * the line would have to wait for many that came in the same turn.
 */
const onceChargedMs = 2
/** For as long it is not one of those whom others keep waiting. */
const linesUpMs = 10_000

/** Gathers what comes of a body, until the turn is over. */
export interface Gathering {
  onTurnEnd(): void
}

const ofSocket = Symbol('reader')

interface ReadSocket extends Socket {
  [ofSocket]?: CallerReader
}

/** Undefined where a server does not read in turns. */
export function readerOf(socket: Socket): CallerReader | undefined {
  return (socket as ReadSocket)[ofSocket]
}

/**
 * What a caller's connection brings in a turn of the event loop. Each piece of a body, a single byte in a chunk of its
 * own, costs Node a microsecond at least, and Node reads 2 MiB of a connection at once: 0.3 s. Here the first pieces of
 * a turn are handed on as they come; with the next one Node stops reading the connection, so that there are no more
 * than a single read has, 64 KiB, and those come together at the end of the turn. Whoever sends many then waits in line.
 */
export class CallerReader implements PutOff, InLine, Suspect {
  readonly reading: ReadingHold
  readonly #socket: Socket
  readonly #callers: CallersLine
  /** Where connections from one address are one caller's. */
  readonly #address: string | undefined
  readonly #work = new WorkTime()
  /** In this turn, and of those before it one at most. */
  #pieces = 0
  #workMs = 0
  #gathering: Gathering | undefined
  #isCounted = false
  #isClosed = false
  #sliced: SlicedReading | undefined
  #linedUpAt = 0

  constructor(socket: Socket, callers: CallersLine, address: string | undefined) {
    this.reading = new ReadingHold(socket)
    this.#socket = socket
    this.#callers = callers
    this.#address = address
    const held: ReadSocket = socket
    held[ofSocket] = this
    socket.once('close', () => {
      this.#isClosed = true
      callers.line.leave(this)
      if (address !== undefined) callers.leave(this, address)
    })
    if (address === undefined) return
    callers.enter(this, address)
    // It would bring as much before it lines up.
    if (callers.longReaders.has(address)) this.slice()
  }

  /** More has come in this turn than is handed on as it comes. */
  get isOver(): boolean {
    return this.#pieces > piecesAtOnce
  }

  /** It has lately had to. */
  get linesUp(): boolean {
    return this.#linedUpAt > 0 && performance.now() - this.#linedUpAt < linesUpMs
  }

  /**
   * Counts a piece.
   * @returns whether it is to be kept for the end of the turn
   */
  take(): boolean {
    this.#isCounted = true
    this.#pieces += 1
    if (this.#pieces === 2) this.#callers.endOfTurn.add(this)
    if (this.#pieces <= piecesAtOnce) return false
    if (this.#pieces === piecesAtOnce + 1) {
      this.reading.begin(holdReason.turn)
      this.#work.begin()
    } else if (this.#pieces % measuredPieces === 0) this.#measure()
    return true
  }

  /** The head of a request: how many of those may come is limited elsewhere. */
  takeHead(): void {
    this.#isCounted = true
  }

  /** Something was read: part of a head, lines between requests, or what is counted already. */
  noteRead(): void {
    if (!this.#isCounted) this.take()
    this.#isCounted = false
  }

  /** Told at the end of the turn. */
  gathers(gathering: Gathering): void {
    this.#gathering = gathering
  }

  onTurnEnd(): void {
    const pieces = this.#pieces
    this.#pieces = 0
    if (pieces <= piecesAtOnce || this.#isClosed) return
    const flush = new WorkTime()
    flush.begin()
    this.#gathering?.onTurnEnd()
    this.#gathering = undefined
    flush.end()
    this.#workMs += flush.ms
    // In slices it has lined up already.
    if (pieces > shortPieces && this.#sliced === undefined) {
      this.#lineUp()
      if (this.#workMs > longReadMs) this.slice()
    }
    this.#workMs = 0
    this.reading.end(holdReason.turn)
  }

  slice(): void {
    if (this.#isClosed) return
    this.#sliced ??= new SlicedReading(this.#socket, this.reading, this.#callers.line, this.#noteLine)
  }

  onTurn(): void {
    this.reading.end(holdReason.line)
  }

  #measure(): void {
    const wasLong = this.#workMs > longReadMs
    this.#workMs = this.#work.goingOnMs
    if (wasLong || this.#workMs <= longReadMs || this.#sliced !== undefined) return
    if (this.#address !== undefined) this.#callers.noteLong(this.#address, this)
  }

  #lineUp(): void {
    this.#noteLine()
    this.reading.begin(holdReason.line)
    const charged = this.#address === undefined ? this.#workMs : Math.min(this.#workMs, onceChargedMs)
    this.#callers.line.add(this, charged)
  }

  readonly #noteLine = (): void => {
    this.#linedUpAt = performance.now()
    this.#callers.metrics.linedUp()
  }
}
