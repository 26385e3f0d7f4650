import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import type { PoolLimits } from '../connect/connection-settings.ts'
import type { OpeningTimes } from '../connect/opening-times.ts'
import { malformedResponse } from '../failures/transport-error.ts'
import type { Deadline } from './deadlines.ts'
import type { AnswerHandler, Exchange, HttpVersion, TargetRequest } from './exchange.ts'
import { dropBody, RequestWriter } from './request-writer.ts'
import { ResponseParser } from './response-parser.ts'

const leastPatienceMs = 5_000

/**
 * How long a target may take to answer before its call counts as unanswered, which comes before its time is over. Of a
 * call that allows less than is usual it may come after: that says more about its caller than about the target.
 */
function longUnansweredMs(usualMs: number, answerTimeoutMs: number): number {
  return Math.max(Math.min(Math.max(leastPatienceMs, usualMs / 6), usualMs / 2), answerTimeoutMs / 6)
}

/** Where an exchange is: in the queue, then on a connection. */
export interface ExchangePlace {
  /** It was given up, or can't be sent, before anything of it was: its handler has been told. */
  onGivenUp(exchange: TargetExchange): void
}

/** The connection that it goes out on. */
export interface ExchangeConnection extends ExchangePlace {
  readonly socket: TLSSocket
  readonly deadline: Deadline
  /** As Host has it. */
  readonly authority: string
  readonly turnBatch: TurnBatch
  /** To be called back for each write. */
  readonly onWritten: (error?: Error | null) => void
  /** What the target has sent waits to be read until it is this connection's turn. */
  readonly isInLine: boolean
  /** Nothing more can come of the exchange before. */
  readonly isQuiet: boolean
  /** Nothing more is read of the answer. */
  pause(): void
  resume(): void
}

/** What an exchange came to for its connection: that may carry another one, or not. */
export interface ExchangeEnd {
  readonly isReusable: boolean
  /** As the target said. */
  readonly keepAliveMs: number | undefined
}

/**
 * One request and its answer, from the queue to the end. It is sent at the end of the turn in which it gets its
 * connection, and until then it can go to another one. Its holder may keep it for longer than it lasts; by then it does
 * nothing.
 */
export class TargetExchange implements Exchange, Batched {
  readonly #limits: PoolLimits
  readonly #request: TargetRequest
  readonly #handler: AnswerHandler
  readonly #parser: ResponseParser
  #place: ExchangePlace
  #connection: ExchangeConnection | undefined
  #writer: RequestWriter | undefined
  #hasAnswer = false
  #hasBounced = false
  #isOver = false
  #isPaused = false
  #wasLongUnanswered = false
  /** Since when an answer is waited for, by `performance.now()`; undefined before. */
  #waitsSince: number | undefined
  #abortedBy: Error | undefined

  constructor(request: TargetRequest, handler: AnswerHandler, queue: ExchangePlace, limits: PoolLimits) {
    this.#request = request
    this.#handler = handler
    this.#place = queue
    this.#limits = limits
    this.#parser = new ResponseParser(this, request.method === 'HEAD')
  }

  /** Something of it may have reached the target. */
  get isSent(): boolean {
    return this.#writer?.hasBegun ?? false
  }

  /** Something of the answer has come. */
  get hasAnswer(): boolean {
    return this.#hasAnswer
  }

  /** It had a connection that was lost before it was sent. */
  get hasBounced(): boolean {
    return this.#hasBounced
  }

  start(): void {
    this.#handler.onStart(this)
  }

  /** A connection is open for it, or could not be opened. */
  onOpening(times: OpeningTimes): void {
    this.#handler.onOpening?.(times)
  }

  /** It goes out on this connection at the end of the turn; while it is not sent, it may be put on another one. */
  attach(connection: ExchangeConnection): void {
    this.#place = connection
    this.#connection = connection
    connection.turnBatch.add(this)
  }

  /** It was not sent on the connection that it had, and waits again. */
  detach(queue: ExchangePlace): void {
    this.#hasBounced = true
    this.#place = queue
    this.#connection = undefined
  }

  onTurnEnd(): void {
    const connection = this.#connection
    if (connection === undefined || this.#isOver || this.isSent || connection.socket.destroyed) return
    if (connection.isQuiet) this.#send(connection)
    else connection.turnBatch.add(this)
  }

  abort(error: Error): void {
    if (this.#isOver || this.#abortedBy !== undefined) return
    this.#abortedBy = error
    if (this.isSent) this.#connection?.socket.destroy()
    else this.#giveUp(error)
  }

  pause(): void {
    if (this.#isOver || this.#isPaused) return
    this.#isPaused = true
    // Before it is sent there is nothing to read, and the deadline is for its turn.
    if (!this.isSent) return
    this.#connection?.deadline.stop()
    this.#connection?.pause()
  }

  resume(): void {
    if (this.#isOver || !this.#isPaused) return
    this.#isPaused = false
    this.watchTime()
    this.#connection?.resume()
  }

  /**
   * @returns how it ended, if this ended it.
   * @throws TransportError `MALFORMED_RESPONSE`, and what the handler throws
   */
  read(bytes: Buffer): ExchangeEnd | undefined {
    this.#hasAnswer = true
    const isMore = this.#parser.read(bytes)
    if (this.#abortedBy !== undefined) return undefined
    // What comes behind the end is no answer to anything: the connection is not used again.
    if (this.#parser.isOver) return this.#finish(!isMore)
    if (this.#parser.head !== undefined) this.watchTime()
    return undefined
  }

  /**
   * The target closes its side, by a TLS closure alert or without.
   * @returns how it ended; undefined if the answer is not whole
   * @throws TransportError `MALFORMED_RESPONSE` if nobody can tell (RFC 9112 section 9.8)
   */
  end(byAlert: boolean): ExchangeEnd | undefined {
    if (!this.#parser.end()) return undefined
    if (!byAlert) throw malformedResponse('it ends with its connection, which was closed without a TLS closure alert')
    return this.#finish(false)
  }

  /** Its connection is gone, or there is none to be had. */
  fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#isPaused) this.#connection?.resume()
    if (this.isSent) this.#writer?.stop()
    else dropBody(this.#request)
    this.#handler.onError(this.#abortedBy ?? error)
  }

  onInformation(status: number, fields: readonly string[]): void {
    this.#handler.onInformation(status, fields)
  }

  onHead(status: number, fields: readonly string[], version: HttpVersion): void {
    const now = performance.now()
    // An answer may come before the whole request is sent.
    const waitedMs = this.#waitsSince !== undefined && this.#writer?.isWhole ? now - this.#waitsSince : undefined
    this.#handler.onHead(status, fields, version, now, waitedMs)
  }

  onData(chunk: Buffer): void {
    // Whoever gave it up hears no more of it, also of what has come with the same bytes.
    if (this.#abortedBy !== undefined) throw this.#abortedBy
    this.#handler.onData(chunk)
  }

  #send(connection: ExchangeConnection): void {
    const writer = new RequestWriter(connection, {
      onProgress: () => this.watchTime(),
      onFailed: (error) => this.abort(error),
    })
    this.#writer = writer
    try {
      // That was for its turn. What is awaited next may be the rest of its body, and nobody is told of that.
      connection.deadline.stop()
      this.#handler.onSent?.()
      writer.write(this.#request, connection.authority)
      if (this.#isPaused) connection.pause()
    } catch (error) {
      // Only errors are thrown here.
      if (this.isSent) this.abort(error as Error)
      else this.#giveUp(error as Error)
    }
  }

  /** Time runs while we wait for the target: not for its caller to send or to read, nor for a turn. */
  watchTime(): void {
    const { headersTimeoutMs, bodyTimeoutMs } = this.#limits
    if (this.#isPaused || !this.isSent) return
    if (this.#writer?.isAwaited || this.#connection?.isInLine) this.#connection?.deadline.stop()
    else if (this.#parser.head !== undefined) this.#connection?.deadline.allow(bodyTimeoutMs)
    else {
      const answerTimeoutMs = this.#request.answerTimeoutMs ?? headersTimeoutMs
      this.#waitsSince = this.#connection?.deadline.allow(
        answerTimeoutMs,
        answerTimeoutMs - longUnansweredMs(headersTimeoutMs, answerTimeoutMs),
      )
    }
  }

  /** Told once, also if the target takes more of the request and time starts anew. */
  onLongUnanswered(): void {
    if (this.#wasLongUnanswered || this.#parser.head !== undefined) return
    this.#wasLongUnanswered = true
    this.#handler.onLongUnanswered?.()
  }

  #giveUp(error: Error): void {
    this.fail(error)
    this.#place.onGivenUp(this)
  }

  #finish(isClean: boolean): ExchangeEnd {
    const { keepsAlive = false, keepAliveMs } = this.#parser.head ?? {}
    // Not by the socket's `writableLength`: TLS tells of a write a turn after it was made.
    const isTaken = this.#writer?.isWhole ?? false
    this.#isOver = true
    // What was not sent by now is of no use to the target.
    this.#writer?.stop()
    if (this.#isPaused) this.#connection?.resume()
    this.#handler.onEnd(this.#parser.trailers)
    return { isReusable: isClean && keepsAlive && isTaken, keepAliveMs }
  }
}
