import type { TLSSocket } from 'node:tls'
import { recordDeadReuse } from '../connection-facts.ts'
import { TransportError } from '../transport-error.ts'
import { Deadline, type Deadlines, never } from './deadlines.ts'
import type { AnswerHandler, TargetRequest } from './exchange.ts'
import { type ExchangeEnd, type ExchangeLimits, TargetExchange } from './target-exchange.ts'

export interface ConnectionLimits extends ExchangeLimits {
  /** How long it is kept idle where the target does not say. */
  readonly keepAliveTimeoutMs: number
}

export interface ConnectionOwner {
  /** As Host has it. */
  readonly authority: string
  readonly limits: ConnectionLimits
  readonly deadlines: Deadlines
  /** It can take another request. */
  onIdle(connection: TargetConnection): void
  /** It is gone. Told once. */
  onClosed(connection: TargetConnection): void
}

/** It is closed so long before the target would close it, which could be at the moment of the next request. */
const keepAliveMarginMs = 1_000
const longestKeepAliveMs = 600_000

/** A TLS connection to a target that carries one exchange after the other, never two at once. */
export class TargetConnection {
  readonly #socket: TLSSocket
  readonly #owner: ConnectionOwner
  readonly #deadline = new Deadline(() => this.#end(new TransportError('TIMEOUT')))
  #exchange: TargetExchange | undefined
  #hasServed = false
  #error: Error | undefined

  constructor(socket: TLSSocket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', (error) => {
        this.#error ??= error
      })
      .on('close', this.#onClose)
    owner.deadlines.watch(this.#deadline)
  }

  /** @returns false if nothing was sent and the connection can take another request. Only while it is not busy. */
  send(request: TargetRequest, handler: AnswerHandler): boolean {
    const exchange = new TargetExchange(this.#socket, this.#deadline, this.#owner.limits, request, handler)
    this.#deadline.at = never
    this.#exchange = exchange
    if (exchange.start(this.#owner.authority)) return true
    this.#exchange = undefined
    return false
  }

  /** Ends it at once, which is no fault of the target's; the exchange that is under way fails with the error. */
  destroy(error?: Error): void {
    this.#error ??= error
    this.#socket.destroy()
  }

  readonly #onData = (bytes: Buffer): void => {
    try {
      // Where nothing was asked it would be taken for the answer to the next request.
      if (this.#exchange === undefined) this.destroy()
      else this.#release(this.#exchange.read(bytes))
    } catch (error) {
      // Only errors are thrown here.
      this.#end(error as Error)
    }
  }

  readonly #onEnd = (): void => {
    const end = this.#exchange?.end()
    if (end === undefined) this.#end(new TransportError('SOCKET_CLOSED'))
    else this.#release(end)
  }

  /** The error is told as one of this connection, with its facts, if there is anybody to tell. */
  #end(error: Error): void {
    this.#socket.destroy(this.#exchange === undefined ? undefined : error)
  }

  #release(end: ExchangeEnd | undefined): void {
    if (end === undefined) return
    const { keepAliveTimeoutMs } = this.#owner.limits
    const idleMs = end.keepAliveMs === undefined ? keepAliveTimeoutMs : end.keepAliveMs - keepAliveMarginMs
    this.#exchange = undefined
    this.#hasServed = true
    if (end.isReusable && idleMs > 0) {
      this.#deadline.allow(Math.min(idleMs, longestKeepAliveMs))
      this.#owner.onIdle(this)
    } else this.destroy()
  }

  readonly #onClose = (): void => {
    const exchange = this.#exchange
    this.#owner.deadlines.forget(this.#deadline)
    this.#owner.onClosed(this)
    if (exchange === undefined) return
    const error = this.#error ?? new TransportError('SOCKET_CLOSED')
    if (this.#hasServed && !exchange.hasAnswer) recordDeadReuse(error)
    exchange.fail(error)
  }
}
