import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { RequestFraming } from './request-head.ts'

interface RequestBodyEvents {
  /** The target takes no more for now, or takes it again. */
  onProgress(): void
  /** The last byte has been handed to the socket. */
  onSent(): void
  /** What the stream failed with, or that it is longer or shorter than was said. */
  onFailed(error: Error): void
}

/** What is smaller is cheaper to copy than to write by itself. */
const smallBytes = 1_024
/** A socket keeps some hundred bytes of each write, which its high-water mark does not count. */
const mostSmallWrites = 64

/** A body that is sent while it comes, as fast as the target takes it. */
export class RequestBody {
  readonly #stream: Readable
  readonly #socket: TLSSocket
  readonly #events: RequestBodyEvents
  readonly #isChunked: boolean
  #left: number
  #isStalled = false
  #isOver = false
  /** That the target has not taken. */
  #smallWrites = 0

  constructor(stream: Readable, socket: TLSSocket, framing: RequestFraming, events: RequestBodyEvents) {
    this.#stream = stream
    this.#socket = socket
    this.#events = events
    this.#isChunked = framing.kind === 'chunked'
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY
    socket.on('drain', this.#onDrain)
    stream.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  /** What was sent last is still to be taken by the target. */
  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Sends no more of it. The stream is destroyed, so that whoever fills it stops. */
  stop(): void {
    this.#letGo()
    // What it fails with after this is of no use to anyone.
    this.#stream.on('error', () => {}).destroy()
  }

  readonly #onData = (piece: Buffer | string): void => {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (chunk.length === 0) return
    this.#left -= chunk.length
    if (this.#left < 0) this.#fail(new TypeError('the body is longer than its Content-Length'))
    else if (!this.#write(chunk)) this.#stall()
  }

  #stall(): void {
    this.#stream.pause()
    this.#isStalled = true
    this.#events.onProgress()
  }

  #write(chunk: Buffer): boolean {
    if (chunk.length < smallBytes) return this.#writeSmall(chunk)
    const socket = this.#socket
    if (!this.#isChunked) return socket.write(chunk)
    socket.cork()
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    socket.write(chunk)
    const goesOn = socket.write('\r\n', 'latin1')
    socket.uncork()
    return goesOn
  }

  #writeSmall(chunk: Buffer): boolean {
    const socket = this.#socket
    this.#smallWrites = socket.writableLength === 0 ? 0 : this.#smallWrites + 1
    const bytes = this.#isChunked ? inChunk(chunk) : chunk
    if (this.#smallWrites < mostSmallWrites) return socket.write(bytes)
    // The socket itself tells of it only beyond its high-water mark.
    socket.write(bytes, this.#onDrain)
    return false
  }

  readonly #onDrain = (): void => {
    if (!this.#isStalled || this.#isOver) return
    this.#isStalled = false
    this.#events.onProgress()
    this.#stream.resume()
  }

  readonly #onEnd = (): void => {
    if (!this.#isChunked && this.#left > 0) {
      this.#fail(new TypeError('the body is shorter than its Content-Length'))
      return
    }
    if (this.#isChunked) this.#socket.write('0\r\n\r\n', 'latin1')
    this.#letGo()
    this.#events.onSent()
  }

  readonly #onError = (error: Error): void => this.#fail(error)

  /** Destroyed without an error. */
  readonly #onClose = (): void => this.#fail(new TypeError('the body ended before it was whole'))

  #fail(error: Error): void {
    this.stop()
    this.#events.onFailed(error)
  }

  #letGo(): void {
    this.#isOver = true
    this.#socket.off('drain', this.#onDrain)
    this.#stream
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
  }
}

function inChunk(chunk: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk, lineEnd])
}

const lineEnd = Buffer.from('\r\n', 'latin1')
