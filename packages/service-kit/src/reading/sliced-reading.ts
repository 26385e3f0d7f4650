import type { Socket } from 'node:net'
import type { InLine } from '@mtls-gateway/event-loop'
import type { CallersLine } from './callers-line.ts'
import { holdReason, type ReadingHold } from './reading-hold.ts'

/** In chunks of a single byte this takes 0.3 ms to parse, about as long as a small request. */
const sliceBytes = 2_048
/** Reads up to this time need not wait: nearly all requests, and bodies in large pieces. */
const atOnceMs = 0.2
/** One turn in line. */
const turnMs = 0.5
/** Turns this short delay nobody, but many of them fill the event loop, so they are charged together. */
const chargedMs = 2.5

/**
 * A connection that has not had to wait in line for this long is read by Node's parser again, which is cheaper. A
 * connection that has brought many pieces in a turn counts as such for the same time.
 */
const quietMs = 10_000
/** The limit for bytes after the last request that is answered: the rest of a pipeline, not an attack. */
const mostDropped = 1_048_576

/** A longer time is not the connection's work: the process had no processor. */
const longestMs = 2

/** What it reports. */
export interface SlicedReader {
  readonly party: string | undefined
  readonly reading: ReadingHold
  /** It has brought many pieces in this turn. */
  readonly isOver: boolean
  noteRead(bytes: number): void
  /** It has to wait in line. */
  noteLine(): void
  /** It has not had to for some time. */
  noteQuiet(): void
}

/** Node uses it to stop reading while too much waits to be written. */
interface ServerSocket extends Socket {
  readonly _paused?: boolean
  readonly parser?: ConsumingParser | null
}

/** Node's parser, as it reads a handle by itself. */
interface ConsumingParser {
  _consumed: boolean
  consume(handle: unknown): void
}

type Listener = (...values: unknown[]) => void

const ofConsumer = ['pause', 'resume'] as const

/**
 * A connection that Node's parser no longer reads by itself. The parser is given slices, which take less than a
 * millisecond each, whatever they contain. The first ones are parsed at once, as long as they are quick, and the others
 * wait in line. That costs some microseconds per read, so it is for connections that are likely to need it.
 *
 * Only parsing counts, and only connections with many pieces have to wait for it. If all requests counted, the callers
 * of a busy service would wait in line all the time.
 */
export class SlicedReading implements InLine {
  readonly party: string | undefined
  readonly #socket: ServerSocket
  readonly #reader: SlicedReader
  readonly #hold: ReadingHold
  readonly #callers: CallersLine
  readonly #parse: (bytes: Buffer) => void
  #waiting: Buffer[] = []
  #isInLine = false
  #owedMs = 0
  /** The time for requests that arrived with the slices of this turn, which is not parsing. */
  #carriedOutMs = 0
  #inPiecesUntil = 0
  #quietAt = performance.now() + quietMs
  readonly #wasConsumed: boolean
  /** Node's listener from the time when its parser read by itself. */
  readonly #letGo: readonly (readonly Listener[] | undefined)[]
  /** Bytes dropped so far; undefined while they are still parsed. */
  #dropped: number | undefined

  constructor(socket: Socket, reader: SlicedReader, callers: CallersLine) {
    this.party = reader.party
    this.#socket = socket
    this.#reader = reader
    this.#hold = reader.reading
    this.#callers = callers
    // Bytes behind requests that still have to be carried out get in line only after those.
    this.#hold.onFree = this.#goOn
    // Node's own listener: nobody else has one on the socket of a server.
    const [parse] = socket.listeners('data') as [(bytes: Buffer) => void]
    this.#parse = parse
    this.#wasConsumed = this.#socket.parser?._consumed ?? false
    const before = ofConsumer.map((event) => socket.listeners(event) as Listener[])
    // A listener of ours makes Node's parser release the handle.
    socket.on('data', this.#onData).off('data', parse)
    this.#letGo = ofConsumer.map((event, index) =>
      before[index]?.filter((each) => !socket.listeners(event).includes(each)),
    )
    socket.on('resume', this.#onResume)
    // Over TLS it can arrive in the same read.
    socket.prependListener('end', this.#parseAll)
    socket.once('close', this.#onClose)
  }

  /** Whether Node's parser may read by itself again. */
  get isQuiet(): boolean {
    const { isHeld } = this.#hold
    return (
      this.#wasConsumed &&
      this.#mayGoOn &&
      !isHeld &&
      this.#waiting.length + this.#socket.readableLength === 0 &&
      this.#dropped === undefined
    )
  }

  /** Node's parser reads by itself again, as it does with each new connection. */
  end(): void {
    const socket = this.#socket
    const { parser } = socket
    if (!parser) return
    this.#hold.onFree = () => {}
    socket.off('resume', this.#onResume).off('end', this.#parseAll).off('close', this.#onClose)
    socket.on('data', this.#parse).off('data', this.#onData)
    for (const [index, event] of ofConsumer.entries())
      for (const each of this.#letGo[index] ?? []) socket.on(event, each)
    parser._consumed = true
    parser.consume((socket as unknown as { _handle: unknown })._handle)
    this.#hold.flow()
  }

  /** From now on nothing is parsed. */
  drop(): void {
    this.#waiting = []
    this.#isInLine = false
    this.#callers.line.leave(this)
    this.#hold.end(holdReason.line)
    this.#drop(0)
  }

  onTurn(): void {
    this.#isInLine = false
    this.#parseFor(turnMs)
  }

  /** A request has been carried out, as far as that is possible without waiting. */
  noteCarriedOut(ms: number): void {
    this.#carriedOutMs += ms
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#dropped !== undefined) {
      this.#drop(this.#dropped + bytes.length)
      return
    }
    this.#waiting.push(bytes)
    if (this.#isInLine || this.#waiting.length > 1) return
    if (this.#isInPieces && this.#callers.atOnce.isSpent) {
      this.#lineUp()
      return
    }
    const ms = this.#parseFor(atOnceMs)
    if (this.#isInPieces) this.#callers.atOnce.spend(ms)
  }

  readonly #onResume = (): void => {
    if (!this.#socket.isPaused() && !this.#socket._paused) this.#hold.flow()
    this.#goOn()
  }

  readonly #goOn = (): void => {
    if (this.#waiting.length > 0) this.#lineUp()
  }

  #drop(bytes: number): void {
    this.#dropped = bytes
    if (bytes > mostDropped) this.#hold.begin(holdReason.cut)
  }

  get #isInPieces(): boolean {
    return this.#inPiecesUntil > 0 && performance.now() < this.#inPiecesUntil
  }

  /** @returns how long it took to read */
  #parseFor(milliseconds: number): number {
    const began = performance.now()
    let ms = 0
    this.#carriedOutMs = 0
    while (ms <= milliseconds && this.#mayGoOn && this.#waiting.length > 0) {
      this.#parseNext()
      ms = performance.now() - began - this.#carriedOutMs
    }
    if (this.#reader.isOver) this.#inPiecesUntil = began + quietMs
    this.#owedMs += Math.min(ms, longestMs)
    if (this.#waiting.length > 0) this.#lineUp()
    else {
      this.#hold.end(holdReason.line)
      if (began > this.#quietAt) this.#reader.noteQuiet()
    }
    return ms
  }

  #parseNext(): void {
    const first = this.#waiting[0] as Buffer
    if (first.length > sliceBytes) this.#waiting[0] = first.subarray(sliceBytes)
    else this.#waiting.shift()
    const slice = first.subarray(0, sliceBytes)
    this.#parse(slice)
    this.#reader.noteRead(slice.length)
  }

  /** Nothing follows. */
  readonly #parseAll = (): void => {
    while (this.#waiting.length > 0 && !this.#isGone && !this.#socket._paused) this.#parseNext()
  }

  readonly #onClose = (): void => {
    this.#waiting = []
    this.#callers.line.leave(this)
  }

  get #isGone(): boolean {
    return this.#socket.destroyed || !this.#socket.parser
  }

  get #mayGoOn(): boolean {
    return !this.#isGone && !this.#hold.isBusy && !this.#socket.isPaused() && !this.#socket._paused
  }

  #lineUp(): void {
    this.#hold.begin(holdReason.line)
    if (this.#isGone || this.#isInLine) return
    // It is notified when that is over.
    if (this.#hold.isBusy || this.#socket.isPaused() || this.#socket._paused) return
    this.#isInLine = true
    this.#quietAt = performance.now() + quietMs
    this.#reader.noteLine()
    const charged = this.#owedMs > chargedMs ? this.#owedMs : 0
    if (charged > 0) this.#owedMs = 0
    this.#callers.line.add(this, charged)
  }
}
