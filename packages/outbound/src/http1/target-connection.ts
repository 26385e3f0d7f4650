import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import type { PoolLimits } from '../connect/connection-settings.ts'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { inputOf, type TargetInput } from '../connect/target-socket.ts'
import { recordConnectionFacts } from '../failures/connection-facts.ts'
import { malformedResponse, TransportError, targetTooCostly } from '../failures/transport-error.ts'
import { EmptyTraffic } from './empty-traffic.ts'
import type { AnswerHandler, Exchange, HttpVersion, TargetRequest } from './exchange.ts'
import { PacedReader, type PacedReaderOwner } from './paced-reader.ts'
import { dropBody, RequestWriter } from './request-writer.ts'
import { ResponseParser } from './response-parser.ts'
import { Deadline, type Rounds, type Watched } from './rounds.ts'

/** What all connections of an identity have in common. */
export interface ConnectionParts {
  readonly limits: PoolLimits
  readonly rounds: Rounds
  readonly turnBatch: TurnBatch
  /** Where accounts share the event loop: its account's part. */
  readonly loop: AccountLoop | undefined
  readonly owner: string
  /** Whether a connection that carries nothing has to close, for somebody else. */
  readonly givesWay?: ((socket: TLSSocket) => boolean) | undefined
}

/** The pool that a connection and its exchanges belong to. */
export interface ConnectionOwner {
  /** As Host has it. */
  readonly authority: string
  readonly parts: ConnectionParts
  /** It was given up, or cannot be sent, while it waited for a connection: its handler has been told. */
  onGivenUp(exchange: TargetExchange): void
  /** It can take another exchange. */
  onFree(connection: TargetConnection): void
  /** It was lost, by this error, before this exchange was sent on it, which can go out on another one. */
  onBounced(exchange: TargetExchange, error: Error): void
  /** It is gone. Told once. */
  onClosed(connection: TargetConnection): void
}

const leastPatienceMs = 5_000

/**
 * How long a target may take to answer before its call counts as unanswered, which comes before its time is over. Of a
 * call that allows less than is usual it may come after: that says more about its caller than about the target.
 */
function longUnansweredMs(usualMs: number, answerTimeoutMs: number): number {
  return Math.max(Math.min(Math.max(leastPatienceMs, usualMs / 6), usualMs / 2), answerTimeoutMs / 6)
}

/** What an exchange came to for its connection: that may carry another one, or not. */
interface ExchangeEnd {
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
  readonly #pool: ConnectionOwner
  readonly #request: TargetRequest
  readonly handler: AnswerHandler
  readonly #parser: ResponseParser
  /** Undefined while it is in the queue. */
  #connection: TargetConnection | undefined
  #writer: RequestWriter | undefined
  /** Something of the answer has come. */
  hasAnswer = false
  /** It had a connection that was lost before it was sent. */
  hasBounced = false
  #isOver = false
  #isPaused = false
  #wasLongUnanswered = false
  /** Since when an answer is waited for, by `performance.now()`; undefined before. */
  #waitsSince: number | undefined
  #abortedBy: Error | undefined

  constructor(request: TargetRequest, handler: AnswerHandler, pool: ConnectionOwner) {
    this.#request = request
    this.handler = handler
    this.#pool = pool
    this.#parser = new ResponseParser(this, request.method === 'HEAD')
  }

  /** Something of it may have reached the target. */
  get isSent(): boolean {
    return this.#writer?.hasBegun ?? false
  }

  /** It goes out on this connection at the end of the turn; while it is not sent, it may be put on another one. */
  attach(connection: TargetConnection): void {
    this.#connection = connection
    this.#pool.parts.turnBatch.add(this)
  }

  /** It was not sent on the connection that it had, and waits again. */
  detach(): void {
    this.hasBounced = true
    this.#connection = undefined
  }

  onTurnEnd(): void {
    const connection = this.#connection
    if (connection === undefined || this.#isOver || this.isSent || connection.socket.destroyed) return
    if (connection.isQuiet) this.#send(connection)
    else this.#pool.parts.turnBatch.add(this)
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
    this.hasAnswer = true
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
    this.handler.onError(this.#abortedBy ?? error)
  }

  onInformation(status: number, fields: readonly string[]): void {
    this.handler.onInformation(status, fields)
  }

  onHead(status: number, fields: readonly string[], version: HttpVersion): void {
    const now = performance.now()
    // An answer may come before the whole request is sent.
    const waitedMs = this.#waitsSince !== undefined && this.#writer?.isWhole ? now - this.#waitsSince : undefined
    this.handler.onHead(status, fields, version, now, waitedMs)
  }

  onData(chunk: Buffer): void {
    // Whoever gave it up hears no more of it, also of what has come with the same bytes.
    if (this.#abortedBy !== undefined) throw this.#abortedBy
    this.handler.onData(chunk)
  }

  #send(connection: TargetConnection): void {
    const writer = new RequestWriter(connection.socket, this.#pool.parts.turnBatch, this)
    this.#writer = writer
    try {
      // That was for its turn. What is awaited next may be the rest of its body, and nobody is told of that.
      connection.deadline.stop()
      this.handler.onSent?.()
      writer.write(this.#request, this.#pool.authority)
      if (this.#isPaused) connection.pause()
    } catch (error) {
      // Only errors are thrown here.
      if (this.isSent) this.abort(error as Error)
      else this.#giveUp(error as Error)
    }
  }

  /** Time runs while we wait for the target: not for its caller to send or to read, nor for a turn. */
  watchTime(): void {
    const { headersTimeoutMs, bodyTimeoutMs } = this.#pool.parts.limits
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
    this.handler.onLongUnanswered?.()
  }

  #giveUp(error: Error): void {
    this.fail(error)
    if (this.#connection === undefined) this.#pool.onGivenUp(this)
    else this.#connection.onGivenUp()
  }

  #finish(isClean: boolean): ExchangeEnd {
    const { keepsAlive = false, keepAliveMs } = this.#parser.head ?? {}
    // Not by the socket's `writableLength`: TLS tells of a write a turn after it was made.
    const isTaken = this.#writer?.isWhole ?? false
    this.#isOver = true
    // What was not sent by now is of no use to the target.
    this.#writer?.stop()
    if (this.#isPaused) this.#connection?.resume()
    this.handler.onEnd(this.#parser.trailers)
    return { isReusable: isClean && keepsAlive && isTaken, keepAliveMs }
  }
}

/** It is closed so long before the target would close it, which could be at the moment of the next request. */
const keepAliveMarginMs = 1_000
const longestKeepAliveMs = 600_000

/**
 * What a target sends too much, such as a body after an answer to HEAD, may come with the next read: in the next turn.
 */
const quietEnough = 2

/** A TLS connection to a target that carries one exchange after the other, never two at once. */
export class TargetConnection implements PacedReaderOwner, Watched {
  readonly socket: TLSSocket
  readonly #input: TargetInput
  readonly deadline = new Deadline(
    () => this.#break(new TransportError('TIMEOUT')),
    () => this.#exchange?.onLongUnanswered(),
  )
  readonly #owner: ConnectionOwner
  readonly #reader: PacedReader
  readonly #traffic: EmptyTraffic
  #exchange: TargetExchange | undefined
  #hasServed = false
  /** From which turn of the event loop on it is quiet. */
  #quietFrom = 0
  /** It can take another exchange once it is read again. */
  #isFreeWhenRead = false
  #idleMs: number
  #error: Error | undefined

  constructor(socket: TLSSocket, owner: ConnectionOwner) {
    this.socket = socket
    this.#owner = owner
    const { limits, turnBatch, loop, rounds } = owner.parts
    this.#idleMs = limits.keepAliveTimeoutMs
    this.#input = inputOf(socket)
    this.#reader = new PacedReader(socket, this, turnBatch, loop)
    this.#traffic = new EmptyTraffic(socket, loop)
    socket
      .on('end', this.#onEnd)
      .on('error', (error) => {
        this.#error ??= error
      })
      .on('close', this.#onClose)
    rounds.watch(this)
  }

  /** False where it is gone or about to go, though nobody has been told yet. */
  get isUsable(): boolean {
    return !this.socket.destroyed && this.deadline.at >= performance.now()
  }

  /** Only while it carries none. */
  carry(exchange: TargetExchange): void {
    this.deadline.stop()
    this.#exchange = exchange
    exchange.attach(this)
  }

  /** What the target has sent waits to be read until it is this connection's turn. */
  get isInLine(): boolean {
    return this.#reader.isWaiting
  }

  /**
   * A whole turn has passed since its last answer in which it was read, so that what came behind that has been read,
   * and has ended it.
   */
  get isQuiet(): boolean {
    return this.#owner.parts.turnBatch.turn >= this.#quietFrom
  }

  pause(): void {
    this.#input.pause('caller')
  }

  resume(): void {
    this.#input.resume('caller')
  }

  /** Nobody needs it now; it is kept for as long as the target does. */
  rest(): void {
    this.deadline.allow(this.#idleMs)
  }

  /** Ends it at once, which is no fault of the target's; the exchange that is under way fails with the error. */
  destroy(error?: Error): void {
    this.#reader.stop()
    if (error !== undefined) this.#exchange?.abort(error)
    this.socket.destroy()
  }

  onWaiting(): void {
    this.#exchange?.watchTime()
    if (!this.#isFreeWhenRead || this.isInLine) return
    this.#isFreeWhenRead = false
    this.#countTurns()
    if (this.isUsable) this.#owner.onFree(this)
  }

  get idleOf(): string | undefined {
    const { owner, givesWay } = this.#owner.parts
    return givesWay !== undefined && this.#exchange === undefined && !this.socket.destroyed ? owner : undefined
  }

  giveWay(): void {
    if (this.idleOf !== undefined && this.#owner.parts.givesWay?.(this.socket)) this.destroy()
  }

  checkTraffic(): void {
    const error = this.#traffic.check(this.#reader.piecesSoFar)
    if (error !== undefined) this.#break(error)
  }

  onTooCostly(): void {
    this.#break(targetTooCostly())
  }

  onGivenUp(): void {
    this.#exchange = undefined
    if (this.isUsable) this.#owner.onFree(this)
  }

  onBytes(bytes: Buffer): void {
    // Where nothing was asked it would be taken for the answer to the next request.
    if (!this.#exchange?.isSent) this.#break(malformedResponse('it came before it was asked for'))
    else this.#release(this.#read(this.#exchange, bytes))
  }

  readonly #onEnd = (): void => {
    this.#reader.flush()
    const end = this.#exchange?.isSent ? this.#read(this.#exchange, null) : undefined
    if (end === undefined) this.#break(new TransportError('SOCKET_CLOSED'))
    else this.#release(end)
  }

  /** @param bytes null: the end of what the target sends */
  #read(exchange: TargetExchange, bytes: Buffer | null): ExchangeEnd | undefined {
    try {
      return bytes === null ? exchange.end(this.#input.endsByAlert) : exchange.read(bytes)
    } catch (error) {
      // Only errors are thrown here.
      this.#break(error as Error)
      return undefined
    }
  }

  /** The error is told as one of this connection, with its facts, if there is anybody to tell. */
  #break(error: Error): void {
    this.#reader.stop()
    if (!this.socket.destroyed) this.socket.destroy(this.#exchange === undefined ? undefined : error)
  }

  #release(end: ExchangeEnd | undefined): void {
    if (end === undefined) return
    const { keepAliveTimeoutMs } = this.#owner.parts.limits
    const idleMs = end.keepAliveMs === undefined ? keepAliveTimeoutMs : end.keepAliveMs - keepAliveMarginMs
    this.#idleMs = Math.min(idleMs, longestKeepAliveMs)
    this.#exchange = undefined
    this.#hasServed = true
    if (end.isReusable && idleMs > 0) {
      this.#countTurns()
      // Whoever had it now would have to wait for its account to rest.
      if (this.isInLine) this.#isFreeWhenRead = true
      else this.#owner.onFree(this)
    } else this.destroy()
  }

  #countTurns(): void {
    this.#quietFrom = this.#owner.parts.turnBatch.count(quietEnough) + quietEnough
  }

  readonly #onClose = (): void => {
    // What came before it was lost counts.
    this.#reader.flush()
    this.#reader.stop()
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#owner.parts.rounds.forget(this)
    if (exchange !== undefined) this.#lose(exchange, this.#error ?? new TransportError('SOCKET_CLOSED'))
    this.#owner.onClosed(this)
  }

  #lose(exchange: TargetExchange, error: Error): void {
    if (this.#hasServed && exchange.isSent && !exchange.hasAnswer) recordConnectionFacts(error, { isDeadReuse: true })
    if (exchange.isSent) exchange.fail(error)
    else this.#owner.onBounced(exchange, error)
  }
}
