import type { ServerResponse } from 'node:http'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import {
  type AnswerHandler,
  type Exchange,
  type HttpVersion,
  isTransportError,
  type OpeningTimes,
  type TransportCode,
  TransportError,
} from '@mtls-gateway/outbound'
import type { PassedBuffers } from '@mtls-gateway/service-kit'
import { type AnswerHead, answerHead, answerTrailers, relocateIn } from '../headers/answer-headers.ts'
import { earlyHints, maxHintBytes } from './early-hints.ts'
import { ReadDeadline } from './read-deadline.ts'

/** A response keeps about a hundred bytes for each write, which its high-water mark does not count. */
const mostUnreadWrites = 64

/** Whoever wants to know whether the target answers. */
export interface AnswerWatch {
  /** @throws CodedError if the call may not go out after all */
  goesOut(): void
  /** Whatever it said. */
  answered(): void
  failed(code: TransportCode): void
  /** It has not answered for long, and still may. */
  hangs(): void
  /** Such a call has failed, as its time is over. */
  gaveUp(): void
  /** What it sends takes too much of the gateway's time. */
  costsTooMuch(): void
  /** The caller has left before an answer. */
  abandoned(): void
}

/** Whoever counts answers. */
export interface AnswerCounts {
  /** @param waitedMs since the target had the whole request, if it has waited for that */
  answered(status: number, waitedMs: number | undefined): void
  brokeOff(error: Error): void
  /** The call is sent once more. */
  repeated(): void
}

/** Whoever wants to know how a call goes, for its log line. */
export interface CallWatch {
  /** A connection was opened for it, or could not be. */
  opening(times: OpeningTimes): void
  sent(): void
  /** @param at by `performance.now()` */
  answered(at: number): void
  /** The answer has broken off. */
  failed(error: Error): void
}

export interface RelayOptions {
  readonly requestId: string
  readonly target: AnswerWatch
  readonly buffers: PassedBuffers
  readonly turnBatch: TurnBatch
  readonly metrics: AnswerCounts
  readonly facts?: CallWatch | undefined
  /** What becomes of a Location; undefined: it passes as it is. */
  readonly relocate?: ((location: string) => string | undefined) | undefined
}

/** Bodies up to this size go out in one piece with their head, in bytes. */
const smallBody = 4_096

/**
 * Passes a target's answer on to the caller while it arrives. Whatever arrives in the same turn as its head goes out
 * with it. The end of the caller's connection ends the call. If the answer breaks off, the caller's connection ends in
 * such a way that the answer never looks complete.
 */
export class AnswerRelay implements AnswerHandler, Batched {
  /** Resolves when the answer has gone out or broken off. Rejects only while none of it has gone out. */
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #options: RelayOptions
  readonly #presented: string | undefined
  readonly #onUnauthorized: (() => void) | undefined
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void }
  #exchange: Exchange | undefined
  /** What has arrived but not gone out, until the end of the turn in which the head arrived. */
  #unsent: { readonly status: number; readonly head: AnswerHead; readonly body: Buffer[] } | undefined
  #isWhole = false
  /** Waiting for the caller to read. */
  #isWaiting = false
  #trailers: readonly string[] = []
  /** Whether the answer itself shows where it ends. */
  #isDelimited = true
  #isChunked = false
  #hintBytesLeft = maxHintBytes
  /** Since the caller last had read everything. */
  #unreadWrites = 0
  /** Created only if the caller does not read at once. */
  #readDeadline: ReadDeadline | undefined

  /**
   * @param presented the client certificate of the call, as `LP-presented-certificate` has it
   * @param onUnauthorized told of a 401
   */
  constructor(response: ServerResponse, options: RelayOptions, presented?: string, onUnauthorized?: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#settle = { resolve, reject }
    this.#response = response
    this.#options = options
    this.#presented = presented
    this.#onUnauthorized = onUnauthorized
    // It fires only once, and `once` would wrap the listener in another one.
    response.on('close', this.#onClose)
  }

  onStart(exchange: Exchange): void {
    this.#exchange = exchange
    if (this.#response.destroyed) exchange.abort(new TransportError('CALL_ABORTED'))
  }

  onOpening(times: OpeningTimes): void {
    this.#options.facts?.opening(times)
  }

  onSent(): void {
    this.#options.facts?.sent()
  }

  /**
   * Only hints are passed on: 100 is between us and the target, and 102 says nothing.
   */
  onInformation(status: number, fields: readonly string[]): void {
    const { req, socket } = this.#response
    if (status !== 103 || req.httpVersion === '1.0' || !socket?.writable) return
    const hints = earlyHints(fields)
    if (hints === undefined || hints.length > this.#hintBytesLeft) return
    this.#hintBytesLeft -= hints.length
    socket.write(hints, 'latin1')
  }

  onHead(status: number, fields: readonly string[], version: HttpVersion, at: number, waitedMs?: number): void {
    const { req } = this.#response
    const { requestId, target, turnBatch, metrics, facts, relocate } = this.#options
    target.answered()
    metrics.answered(status, waitedMs)
    facts?.answered(at)
    if (status === 401) this.#onUnauthorized?.()
    const hasBody = req.method !== 'HEAD' && status !== 204 && status !== 304
    const canChunk = hasBody && req.httpVersion !== '1.0'
    const head = answerHead(status, fields, version, requestId, canChunk, this.#presented)
    if (relocate !== undefined) relocateIn(head.headers, relocate)
    this.#isChunked = canChunk && !head.hasLength
    this.#isDelimited = !hasBody || canChunk || head.hasLength
    this.#unsent = { status, head, body: [] }
    turnBatch.add(this)
  }

  /** The call goes on. */
  onLongUnanswered(): void {
    this.#options.target.hangs()
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
    if (isTransportError(error) && error.code === 'TARGET_TOO_COSTLY') this.#options.target.costsTooMuch()
    if (this.#response.headersSent) {
      this.#options.facts?.failed(error)
      this.#options.metrics.brokeOff(error)
      this.#breakOff()
    } else this.#fail(error)
  }

  onTurnEnd(): void {
    const unsent = this.#unsent
    if (!unsent || this.#response.destroyed) return
    this.#unsent = undefined
    if (!this.#writeHead(unsent.status, unsent.head)) return
    const last = this.#isWhole ? unsent.body.pop() : undefined
    for (const chunk of unsent.body) this.#write(chunk)
    if (this.#isWhole) this.#end(last)
    // Not `flushHeaders`, which sends bytes from 0x80 as UTF-8.
    else if (unsent.body.length === 0) this.#response.write('', 'latin1')
  }

  readonly #onClose = (): void => {
    this.#readDeadline?.stop()
    this.#settle.resolve()
    // An error costs a stack trace, so it is made only if the call is not over anyway.
    if (this.#response.writableFinished) return
    if (!this.#response.headersSent && this.#unsent === undefined) this.#options.target.abandoned()
    this.#exchange?.abort(new TransportError('CALL_ABORTED'))
  }

  #writeHead(status: number, { headers }: AnswerHead): boolean {
    const response = this.#response
    try {
      response.writeHead(status, headers)
      return true
    } catch (cause) {
      // node:http keeps parts of a head that it refused, so no other answer may follow on this connection.
      response.shouldKeepAlive = false
      const error = new TransportError('MALFORMED_RESPONSE', { cause })
      // An aborted call fails with this error.
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
    this.#readDeadline ??= new ReadDeadline(() => this.#breakOff())
    this.#readDeadline.start()
  }

  readonly #goOn = (): void => {
    this.#isWaiting = false
    this.#readDeadline?.stop()
    this.#exchange?.resume()
  }

  #end(last?: Buffer): void {
    if (this.#isChunked) this.#addTrailers(this.#trailers)
    // As text it is written in one piece with the head.
    if (last && last.length <= smallBody) this.#response.end(last.toString('latin1'), 'latin1')
    else this.#response.end(last)
    if (this.#response.writableLength > 0) this.#awaitReader()
  }

  #addTrailers(fields: readonly string[]): void {
    if (fields.length === 0) return
    try {
      this.#response.addTrailers(answerTrailers(fields))
    } catch {
      // A field that node:http refuses must not cost the caller a body that is complete.
    }
  }

  /** Releases the caller's connection, for an answer of our own or another attempt. */
  #fail(error: Error): void {
    this.#unsent = undefined
    this.#response.off('close', this.#onClose)
    this.#settle.reject(error)
  }

  #breakOff(): void {
    const { socket } = this.#response
    // A normal end would say that the body is complete. Over TLS, a destroyed connection lacks its closure alert.
    if (this.#isDelimited || socket === null || 'encrypted' in socket) this.#response.destroy()
    else socket.resetAndDestroy()
  }
}
