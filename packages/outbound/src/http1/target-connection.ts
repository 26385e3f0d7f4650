import type { TLSSocket } from 'node:tls'
import type { TurnBatch } from '@mtls-gateway/event-loop'
import type { PoolLimits } from '../connect/connection-settings.ts'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { inputOf, type PauseWatcher, type TargetInput } from '../connect/target-socket.ts'
import { recordDeadReuse } from '../failures/connection-facts.ts'
import { malformedResponse, TransportError, targetTooCostly } from '../failures/transport-error.ts'
import { Deadline, type Deadlines } from './deadlines.ts'
import { EmptyTraffic } from './empty-traffic.ts'
import { PacedReader, type PacedReaderOwner } from './paced-reader.ts'
import type { ExchangeConnection, ExchangeEnd, TargetExchange } from './target-exchange.ts'

export interface ConnectionOwner {
  /** As Host has it. */
  readonly authority: string
  readonly limits: PoolLimits
  readonly deadlines: Deadlines
  readonly turnBatch: TurnBatch
  /** Where accounts share the event loop: its account's part. */
  readonly loop: AccountLoop | undefined
  /** It can take another exchange. */
  onFree(connection: TargetConnection): void
  /** It was lost, by this error, before this exchange was sent on it, which can go out on another one. */
  onBounced(exchange: TargetExchange, error: Error): void
  /** It is gone. Told once. */
  onClosed(connection: TargetConnection): void
}

/** It is closed so long before the target would close it, which could be at the moment of the next request. */
const keepAliveMarginMs = 1_000
const longestKeepAliveMs = 600_000

/**
 * What a target sends too much, such as a body after an answer to HEAD, may come with the next read: in the next turn.
 */
const quietEnough = 2

/** A TLS connection to a target that carries one exchange after the other, never two at once. */
export class TargetConnection implements ExchangeConnection, PacedReaderOwner, PauseWatcher {
  readonly socket: TLSSocket
  readonly #input: TargetInput
  readonly deadline = new Deadline(
    () => this.#onLate(),
    () => this.#exchange?.onLongUnanswered(),
  )
  readonly #owner: ConnectionOwner
  readonly #reader: PacedReader
  #exchange: TargetExchange | undefined
  #hasServed = false
  /** From which turn of the event loop on it is quiet; Infinity while it is not read. */
  #quietFrom = 0
  /** It can take another exchange once it is read again. */
  #isFreeWhenRead = false
  #idleMs: number
  #error: Error | undefined

  constructor(socket: TLSSocket, owner: ConnectionOwner) {
    this.socket = socket
    this.#owner = owner
    this.#idleMs = owner.limits.keepAliveTimeoutMs
    this.#input = inputOf(socket)
    this.#input.watcher = this
    this.#reader = new PacedReader(socket, this, owner.loop)
    const traffic = new EmptyTraffic({
      socket,
      loop: owner.loop,
      pieces: () => this.#reader.piecesSoFar,
      onTooMuch: (error) => this.#break(error),
    })
    traffic.watch()
    socket
      .on('end', this.#onEnd)
      .on('error', (error) => {
        this.#error ??= error
      })
      .on('close', this.#onClose)
    owner.deadlines.watch(this.deadline)
  }

  get authority(): string {
    return this.#owner.authority
  }

  get onWritten(): (error?: Error | null) => void {
    return this.#input.onWritten
  }

  get turnBatch(): TurnBatch {
    return this.#owner.turnBatch
  }

  /** False where it is gone or about to go, though nobody has been told yet. */
  get isUsable(): boolean {
    return !this.socket.destroyed && !this.deadline.isOver
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
    return this.turnBatch.turn >= this.#quietFrom
  }

  pause(): void {
    this.#reader.pause()
  }

  resume(): void {
    this.#reader.resume()
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

  onPaused(): void {
    this.#quietFrom = Number.POSITIVE_INFINITY
  }

  onResumed(): void {
    // That of its handshake ends in a moment, and is no reason to wait: nothing has been asked yet.
    if (this.#quietFrom === Number.POSITIVE_INFINITY) this.#countTurns()
  }

  onWaiting(): void {
    this.#exchange?.watchTime()
    if (!this.#isFreeWhenRead || this.isInLine) return
    this.#isFreeWhenRead = false
    if (this.isUsable) this.#owner.onFree(this)
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

  #onLate(): void {
    this.#break(new TransportError('TIMEOUT'))
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
    const { keepAliveTimeoutMs } = this.#owner.limits
    const idleMs = end.keepAliveMs === undefined ? keepAliveTimeoutMs : end.keepAliveMs - keepAliveMarginMs
    this.#idleMs = Math.min(idleMs, longestKeepAliveMs)
    this.#exchange = undefined
    this.#hasServed = true
    if (end.isReusable && idleMs > 0) {
      if (this.#quietFrom !== Number.POSITIVE_INFINITY) this.#countTurns()
      // Whoever had it now would have to wait for its account to rest.
      if (this.isInLine) this.#isFreeWhenRead = true
      else this.#owner.onFree(this)
    } else this.destroy()
  }

  #countTurns(): void {
    this.#quietFrom = this.turnBatch.count(quietEnough) + quietEnough
  }

  readonly #onClose = (): void => {
    // What came before it was lost counts.
    this.#reader.flush()
    this.#reader.stop()
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#owner.deadlines.forget(this.deadline)
    if (exchange !== undefined) this.#lose(exchange, this.#error ?? new TransportError('SOCKET_CLOSED'))
    this.#owner.onClosed(this)
  }

  #lose(exchange: TargetExchange, error: Error): void {
    if (!exchange.isSent) {
      this.#owner.onBounced(exchange, error)
      return
    }
    if (this.#hasServed && !exchange.hasAnswer) recordDeadReuse(error)
    exchange.fail(error)
  }
}
