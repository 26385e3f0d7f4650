import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import { inputOf } from '../connect/target-socket.ts'
import type { TargetRequest } from './exchange.ts'
import { fieldValue, parseLength, token } from './field-lines.ts'

interface WrittenExchange {
  /** All of it has been handed to the socket, or the target takes no more for now, or takes it again. */
  watchTime(): void
  /** What the body failed with, or that it is longer or shorter than was said: the request will not be whole. */
  abort(error: Error): void
}

/** A socket keeps some hundred bytes of each write, which its high-water mark does not count. */
const mostUntaken = 64

/** Writes one request: its head, and its body as fast as the target takes it. */
export class RequestWriter implements Batched {
  readonly #socket: TLSSocket
  readonly #turnBatch: TurnBatch
  readonly #exchange: WrittenExchange
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
  /** Pieces that the target has not taken. */
  #untaken = 0

  constructor(socket: TLSSocket, turnBatch: TurnBatch, exchange: WrittenExchange) {
    this.#socket = socket
    this.#turnBatch = turnBatch
    this.#onWritten = inputOf(socket).onWritten
    this.#exchange = exchange
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
    const length = bodyLength(request)
    const head = requestHead(request, authority, length)
    const socket = this.#socket
    this.#hasBegun = true
    if (body !== null) socket.cork()
    socket.write(head, 'latin1', this.#onWritten)
    if (isStream(body)) {
      this.#left = length ?? 0
      this.#isChunked = length === Number.POSITIVE_INFINITY
      // The first bytes of it, if they are here, go out with the head.
      this.#turnBatch.add(this)
      this.#begin(body)
      return
    }
    if (body !== null) {
      socket.write(body, this.#onWritten)
      socket.uncork()
    }
    this.#exchange.watchTime()
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
    this.#exchange.watchTime()
  }

  #write(chunk: Buffer): boolean {
    const socket = this.#socket
    this.#untaken = socket.writableLength === 0 ? 0 : this.#untaken + 1
    // The socket itself tells that it is taken only beyond its high-water mark.
    const isTooMany = this.#untaken >= mostUntaken
    const onWritten = isTooMany ? this.#onTaken : this.#onWritten
    if (!this.#isChunked) return socket.write(chunk, onWritten) && !isTooMany
    socket.cork()
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1', this.#onWritten)
    socket.write(chunk, this.#onWritten)
    const goesOn = socket.write('\r\n', 'latin1', onWritten)
    socket.uncork()
    return goesOn && !isTooMany
  }

  readonly #onTaken = (error?: Error | null): void => {
    this.#onWritten(error)
    this.#onDrain()
  }

  readonly #onDrain = (): void => {
    if (!this.#isStalled || this.#isStopped) return
    this.#isStalled = false
    this.#exchange.watchTime()
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
    this.#exchange.watchTime()
  }

  readonly #onError = (error: Error): void => this.#fail(error)

  /** Destroyed without an error. */
  readonly #onClose = (): void => this.#fail(new TypeError('the body ended before it was whole'))

  #fail(error: Error): void {
    this.stop()
    this.#exchange.abort(error)
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

/** Methods whose requests have a body by their nature: where there is none, that is said (RFC 9110 section 8.6). */
const expectsBody = new Set(['POST', 'PUT', 'PATCH'])
const visible = /^[\x21-\x7e]+$/

/**
 * What is said of the length of a body. Infinity: it comes in chunks. Undefined: there is none, and nothing is said.
 * @throws TypeError where the length is none
 */
export function bodyLength({ method, body, headers }: TargetRequest): number | undefined {
  if (body === null) return expectsBody.has(method) ? 0 : undefined
  return body instanceof Uint8Array ? body.byteLength : (declaredLength(headers) ?? Number.POSITIVE_INFINITY)
}

/**
 * The head of a request, one byte a character.
 * @throws TypeError where a part of it could be read as something else than that part: whoever made it did not look
 */
export function requestHead(
  { method, path, headers }: TargetRequest,
  authority: string,
  length: number | undefined,
): string {
  if (!token.test(method) || !visible.test(path))
    throw new TypeError('no request line can be made of this method and path')
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (isLength(name)) continue
    if (!token.test(name) || !fieldValue.test(value) || isOfConnection(name)) {
      throw new TypeError('no header line can be made of this name and value')
    }
    head += `${name}: ${value}\r\n`
  }
  if (length === undefined) return `${head}\r\n`
  return `${head}${length === Number.POSITIVE_INFINITY ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n`
}

function declaredLength(headers: readonly string[]): number | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && isLength(name))
  if (at < 0) return undefined
  const length = parseLength(headers[at + 1] ?? '')
  if (length === undefined) throw new TypeError('the Content-Length is not a number')
  return length
}

function isLength(name: string): boolean {
  return name.length === 14 && name.toLowerCase() === 'content-length'
}

/** Two of them, or one beside a length, are what requests are smuggled by. */
function isOfConnection(name: string): boolean {
  if (name.length === 4) return name.toLowerCase() === 'host'
  return name.length === 17 && name.toLowerCase() === 'transfer-encoding'
}
