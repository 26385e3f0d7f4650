import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import type { TargetRequest } from './exchange.ts'
import { framingOf, requestHead } from './request-head.ts'

interface RequestWriterConnection {
  readonly socket: TLSSocket
  readonly turnBatch: TurnBatch
  /** See `TargetInput`. */
  readonly onWritten: (error?: Error | null) => void
}

interface RequestWriterEvents {
  /** All of it has been handed to the socket, or the target takes no more for now, or takes it again. */
  onProgress(): void
  /** What the body failed with, or that it is longer or shorter than was said: the request will not be whole. */
  onFailed(error: Error): void
}

/** What is smaller is cheaper to copy than to write by itself. */
const smallBytes = 1_024
/** A socket keeps some hundred bytes of each write, which its high-water mark does not count. */
const mostSmallWrites = 64
const lineEnd = Buffer.from('\r\n', 'latin1')

/** Writes one request: its head, and its body as fast as the target takes it. */
export class RequestWriter implements Batched {
  readonly #socket: TLSSocket
  readonly #turnBatch: TurnBatch
  readonly #events: RequestWriterEvents
  /** Called back for each write. */
  readonly #onWritten: (error?: Error | null) => void
  #hasBegun = false
  /** A body that comes while it is sent; undefined once all of it is. */
  #stream: Readable | undefined
  #isChunked = false
  /** How much of the body is still to come. */
  #left = 0
  /** What was sent last is still to be taken by the target. */
  #isStalled = false
  #isStopped = false
  /** That the target has not taken. */
  #smallWrites = 0

  constructor({ socket, turnBatch, onWritten }: RequestWriterConnection, events: RequestWriterEvents) {
    this.#socket = socket
    this.#turnBatch = turnBatch
    this.#onWritten = onWritten
    this.#events = events
  }

  /** Something of the request may have reached the target. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Nothing of it is still to be written. */
  get isWhole(): boolean {
    return this.#hasBegun && this.#stream === undefined
  }

  /** More of it is to come from whoever sends it, and the target would take it. */
  get isAwaited(): boolean {
    return this.#stream !== undefined && !this.#isStalled
  }

  /** @throws TypeError, and what a stream was destroyed with: nothing has been written unless it `hasBegun` */
  write(request: TargetRequest, authority: string): void {
    const { body } = request
    if (isStream(body) && body.destroyed) throw endOf(body)
    const framing = framingOf(request)
    const head = requestHead(request, authority, framing)
    const socket = this.#socket
    this.#hasBegun = true
    if (body !== null) socket.cork()
    socket.write(head, 'latin1', this.#onWritten)
    if (isStream(body)) {
      this.#isChunked = framing.kind === 'chunked'
      this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY
      // The first bytes of it, if they are here, go out with the head.
      this.#turnBatch.add(this)
      this.#begin(body)
      return
    }
    if (body !== null) {
      socket.write(body, this.#onWritten)
      socket.uncork()
    }
    this.#events.onProgress()
  }

  onTurnEnd(): void {
    this.#socket.uncork()
  }

  /** Sends no more of it. A stream is destroyed, so that whoever fills it stops. */
  stop(): void {
    if (this.#stream === undefined) return
    this.#letGo(this.#stream)
    // What it fails with after this is of no use to anyone.
    this.#stream.on('error', () => {}).destroy()
  }

  #begin(stream: Readable): void {
    stream.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
    this.#socket.on('drain', this.#onDrain)
    this.#stream = stream
  }

  readonly #onData = (piece: Buffer | string): void => {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (chunk.length === 0) return
    this.#left -= chunk.length
    if (this.#left < 0) this.#fail(new TypeError('the body is longer than its Content-Length'))
    else if (!this.#write(chunk)) this.#stall()
  }

  #stall(): void {
    this.#stream?.pause()
    this.#isStalled = true
    this.#events.onProgress()
  }

  #write(chunk: Buffer): boolean {
    if (chunk.length < smallBytes) return this.#writeSmall(chunk)
    const socket = this.#socket
    if (!this.#isChunked) return socket.write(chunk, this.#onWritten)
    socket.cork()
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1', this.#onWritten)
    socket.write(chunk, this.#onWritten)
    const goesOn = socket.write('\r\n', 'latin1', this.#onWritten)
    socket.uncork()
    return goesOn
  }

  #writeSmall(chunk: Buffer): boolean {
    const socket = this.#socket
    this.#smallWrites = socket.writableLength === 0 ? 0 : this.#smallWrites + 1
    const bytes = this.#isChunked ? inChunk(chunk) : chunk
    if (this.#smallWrites < mostSmallWrites) return socket.write(bytes, this.#onWritten)
    // The socket itself tells of it only beyond its high-water mark.
    socket.write(bytes, (error) => {
      this.#onWritten(error)
      this.#onDrain()
    })
    return false
  }

  readonly #onDrain = (): void => {
    if (!this.#isStalled || this.#isStopped) return
    this.#isStalled = false
    this.#events.onProgress()
    this.#stream?.resume()
  }

  readonly #onEnd = (): void => {
    if (!this.#isChunked && this.#left > 0) {
      this.#fail(new TypeError('the body is shorter than its Content-Length'))
      return
    }
    if (this.#isChunked) this.#socket.write('0\r\n\r\n', 'latin1', this.#onWritten)
    if (this.#stream !== undefined) this.#letGo(this.#stream)
    this.#stream = undefined
    this.#events.onProgress()
  }

  readonly #onError = (error: Error): void => this.#fail(error)

  /** Destroyed without an error. */
  readonly #onClose = (): void => this.#fail(new TypeError('the body ended before it was whole'))

  #fail(error: Error): void {
    this.stop()
    this.#events.onFailed(error)
  }

  #letGo(stream: Readable): void {
    this.#isStopped = true
    this.#socket.off('drain', this.#onDrain)
    stream.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose)
  }
}

/** Destroys the stream of a body that was never begun, so that whoever fills it stops. */
export function dropBody({ body }: TargetRequest): void {
  if (isStream(body)) body.destroy()
}

function isStream(body: TargetRequest['body']): body is Readable {
  return body !== null && !(body instanceof Uint8Array)
}

function endOf(stream: Readable): Error {
  return stream.errored ?? new TypeError('the body ended before it was sent')
}

function inChunk(chunk: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk, lineEnd])
}
