import type { ServerResponse } from 'node:http'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import { type AnswerHandler, type Exchange, type HttpVersion, TransportError } from '@mtls-gateway/outbound'
import { breakOff, type PassedBuffers } from '@mtls-gateway/service-kit'
import { earlyHints, maxHintBytes } from './early-hints.ts'
import { ReadDeadline } from './read-deadline.ts'
import { type AnswerHead, answerHead, answerTrailers } from './target-answer.ts'

/** A response keeps some hundred bytes of each write, which its high-water mark does not count. */
const mostUnreadWrites = 64

export interface RelayOptions {
  readonly requestId: string
  readonly buffers: PassedBuffers
  readonly turnBatch: TurnBatch
}

/** Bodies up to this size go out in one piece with their head, in bytes. */
const smallBody = 4_096

/**
 * Hands a target's answer on to the caller while it comes. What comes of it in the same turn as its head goes out
 * together. The end of the caller's connection ends the call; an answer that breaks off ends the caller's connection in
 * a way that it never looks whole.
 */
export class AnswerRelay implements AnswerHandler, Batched {
  /** Resolves when the answer has gone out, or broke off; rejects only while nothing of it has gone out. */
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #options: RelayOptions
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void }
  #exchange: Exchange | undefined
  /** What has come and has not gone out yet, until the end of the turn in which the head came. */
  #unsent: { readonly status: number; readonly head: AnswerHead; readonly body: Buffer[] } | undefined
  #isWhole = false
  /** For the caller to take what was written. */
  #isWaiting = false
  #trailers: readonly string[] = []
  /** Whether the caller can tell from the answer itself where it ends. */
  #isDelimited = true
  #isChunked = false
  #hintBytesLeft = maxHintBytes
  /** Since the caller had last taken everything. */
  #unreadWrites = 0
  /** Made where a caller does not take at once what is written. */
  #readDeadline: ReadDeadline | undefined

  constructor(response: ServerResponse, options: RelayOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#settle = { resolve, reject }
    this.#response = response
    this.#options = options
    // It comes once, and "once" costs a listener around the listener.
    response.on('close', this.#onClose)
  }

  onStart(exchange: Exchange): void {
    this.#exchange = exchange
    if (this.#response.destroyed) exchange.abort(new TransportError('CALL_ABORTED'))
  }

  /**
   * Only hints are for the caller: 100 is between us and the target, and 102 tells nobody anything. A hint that would
   * have to wait behind another answer comes too late to help, and is dropped.
   */
  onInformation(status: number, fields: readonly string[]): void {
    const { req, socket } = this.#response
    if (status !== 103 || req.httpVersion === '1.0' || !socket?.writable) return
    const hints = earlyHints(fields)
    if (hints === undefined || hints.length > this.#hintBytesLeft) return
    this.#hintBytesLeft -= hints.length
    socket.write(hints, 'latin1')
  }

  onHead(status: number, fields: readonly string[], version: HttpVersion): void {
    const { req } = this.#response
    const { requestId, turnBatch } = this.#options
    const hasBody = req.method !== 'HEAD' && status !== 204 && status !== 304
    const canChunk = hasBody && req.httpVersion !== '1.0'
    const head = answerHead(status, fields, version, requestId, canChunk)
    this.#isChunked = canChunk && !head.hasLength
    this.#isDelimited = !hasBody || canChunk || head.hasLength
    this.#unsent = { status, head, body: [] }
    turnBatch.add(this)
  }

  onData(chunk: Buffer): void {
    this.#options.buffers.passed(chunk.length)
    if (this.#unsent) this.#unsent.body.push(chunk)
    else this.#write(chunk)
  }

  onEnd(trailers: readonly string[]): void {
    this.#isWhole = true
    this.#trailers = trailers
    if (!this.#unsent) this.#end()
  }

  onError(error: Error): void {
    if (this.#response.headersSent) this.#breakOff()
    else this.#fail(error)
  }

  onTurnEnd(): void {
    const unsent = this.#unsent
    if (!unsent || this.#response.destroyed) return
    this.#unsent = undefined
    if (!this.#writeHead(unsent.status, unsent.head)) return
    const last = this.#isWhole ? unsent.body.pop() : undefined
    for (const chunk of unsent.body) this.#write(chunk)
    if (this.#isWhole) this.#end(last)
    // Not `flushHeaders`, which sends bytes from 0x80 up as UTF-8.
    else if (unsent.body.length === 0) this.#response.write('', 'latin1')
  }

  readonly #onClose = (): void => {
    this.#readDeadline?.stop()
    this.#settle.resolve()
    // An error costs its stack, so it is made only where the call is not over anyway.
    if (!this.#response.writableFinished) this.#exchange?.abort(new TransportError('CALL_ABORTED'))
  }

  #writeHead(status: number, { headers }: AnswerHead): boolean {
    const response = this.#response
    try {
      response.writeHead(status, headers)
      return true
    } catch (cause) {
      // node:http keeps parts of a head that it refused; no other answer may follow on this connection.
      response.shouldKeepAlive = false
      const error = new TransportError('MALFORMED_RESPONSE', { cause })
      // What is aborted fails by that.
      if (this.#isWhole) this.#fail(error)
      else this.#exchange?.abort(error)
      return false
    }
  }

  #write(chunk: Buffer): void {
    const response = this.#response
    this.#unreadWrites = response.writableLength > 0 ? this.#unreadWrites + 1 : 0
    const isTooMany = this.#unreadWrites > mostUnreadWrites
    const goesOn = isTooMany ? response.write(chunk, this.#goOn) : response.write(chunk)
    if ((goesOn && !isTooMany) || this.#isWhole || this.#isWaiting) return
    this.#isWaiting = true
    this.#exchange?.pause()
    if (!isTooMany) response.once('drain', this.#goOn)
    this.#awaitReader()
  }

  #awaitReader(): void {
    this.#readDeadline ??= new ReadDeadline(this.#response, () => this.#breakOff())
    this.#readDeadline.start()
  }

  readonly #goOn = (): void => {
    this.#isWaiting = false
    this.#readDeadline?.stop()
    this.#exchange?.resume()
  }

  #end(last?: Buffer): void {
    if (this.#isChunked) this.#addTrailers(this.#trailers)
    // As text it is written in one piece with the head, and not beside it.
    if (last && last.length <= smallBody) this.#response.end(last.toString('latin1'), 'latin1')
    else this.#response.end(last)
    if (this.#response.writableLength > 0) this.#awaitReader()
  }

  #addTrailers(fields: readonly string[]): void {
    if (fields.length === 0) return
    try {
      this.#response.addTrailers(answerTrailers(fields))
    } catch {
      // A field that node:http does not take must not cost the caller a body that has come whole.
    }
  }

  /** Whoever answers in place of the target, or asks it again, has the connection to the caller to itself. */
  #fail(error: Error): void {
    this.#unsent = undefined
    this.#response.off('close', this.#onClose)
    this.#settle.reject(error)
  }

  #breakOff(): void {
    const { socket } = this.#response
    // A plain end would say that the body is whole. Over TLS a connection that is destroyed lacks its closure alert.
    if (this.#isDelimited || socket === null || 'encrypted' in socket) breakOff(this.#response)
    else socket.resetAndDestroy()
  }
}
