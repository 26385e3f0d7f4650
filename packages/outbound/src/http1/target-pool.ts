import type { TLSSocket } from 'node:tls'
import { TransportError } from '../transport-error.ts'
import { Deadlines } from './deadlines.ts'
import type { AnswerHandler, TargetRequest } from './exchange.ts'
import { type ConnectionLimits, type ConnectionOwner, TargetConnection } from './target-connection.ts'

/** Opens a connection. The callback is not called before it returns. */
export type Connect = (
  hostname: string,
  port: number,
  done: (error: Error | null, socket: TLSSocket | null) => void,
) => ConnectionOnItsWay

export interface ConnectionOnItsWay {
  /** Ends the attempt; it fails with the error. */
  cancel(error: Error): void
}

export interface PoolLimits extends ConnectionLimits {
  /** Connections, and so exchanges at once; more wait in order. */
  readonly connectionsPerTarget: number
}

export interface PoolCounts {
  readonly connections: number
  readonly running: number
  readonly queued: number
}

interface Waiting {
  readonly request: TargetRequest
  readonly handler: AnswerHandler
}

/** The connections of one caller to one target. */
export class TargetPool implements ConnectionOwner {
  readonly authority: string
  readonly limits: PoolLimits
  readonly deadlines: Deadlines
  readonly #connect: Connect
  readonly #hostname: string
  readonly #port: number
  readonly #connections = new Set<TargetConnection>()
  /** The one that was used last is used next, so that those that are not needed run out. */
  readonly #idle: TargetConnection[] = []
  readonly #waiting: Waiting[] = []
  readonly #attempts = new Set<ConnectionOnItsWay>()
  readonly #empty = Promise.withResolvers<void>()
  #isClosing = false
  #destroyedBy: Error | undefined

  /** @param origin `https://host` or `https://host:port` */
  constructor(origin: string, connect: Connect, limits: PoolLimits, deadlines: Deadlines) {
    const { host, hostname, port } = new URL(origin)
    this.authority = host
    this.limits = limits
    this.deadlines = deadlines
    this.#connect = connect
    this.#hostname = hostname.replace(/^\[|\]$/g, '')
    this.#port = port === '' ? 443 : Number(port)
  }

  /** Sends a request as soon as there is a connection. Its handler may be told before this returns. */
  send(request: TargetRequest, handler: AnswerHandler): void {
    const connection = this.#idle.pop()
    if (this.#isClosing) handler.onError(this.#destroyedBy ?? new TransportError('SHUTTING_DOWN'))
    else if (connection === undefined) {
      this.#waiting.push({ request, handler })
      this.#openAsNeeded()
    } else if (!connection.send(request, handler)) this.onIdle(connection)
  }

  /** Takes no more requests; resolves when the last one has ended. */
  close(): Promise<void> {
    this.#isClosing = true
    for (const connection of this.#idle) connection.destroy()
    return this.#whenEmpty()
  }

  /** Ends every exchange at once; they fail with the error. */
  destroy(error: Error): Promise<void> {
    this.#isClosing = true
    this.#destroyedBy ??= error
    for (const { handler } of this.#waiting.splice(0)) handler.onError(error)
    for (const attempt of this.#attempts) attempt.cancel(error)
    for (const connection of this.#connections) connection.destroy(error)
    return this.#whenEmpty()
  }

  counts(): PoolCounts {
    const connections = this.#connections.size
    return { connections, running: connections - this.#idle.length, queued: this.#waiting.length }
  }

  onIdle(connection: TargetConnection): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (connection.send(next.request, next.handler)) return
    }
    if (this.#isClosing) connection.destroy()
    else this.#idle.push(connection)
  }

  onClosed(connection: TargetConnection): void {
    this.#connections.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#openAsNeeded()
    this.#settle()
  }

  #openAsNeeded(): void {
    const room = () => this.#connections.size + this.#attempts.size < this.limits.connectionsPerTarget
    while (this.#waiting.length > this.#attempts.size && room()) this.#open()
  }

  #open(): void {
    const attempt = this.#connect(this.#hostname, this.#port, (error, socket) => {
      this.#attempts.delete(attempt)
      if (socket === null) this.#failed(error ?? new TransportError('TRANSPORT_FAILED'))
      else this.#opened(socket)
    })
    this.#attempts.add(attempt)
  }

  #opened(socket: TLSSocket): void {
    const connection = new TargetConnection(socket, this)
    this.#connections.add(connection)
    this.onIdle(connection)
  }

  /** Each attempt is made for a request that waits: the one that has waited longest is told. */
  #failed(error: Error): void {
    this.#waiting.shift()?.handler.onError(error)
    this.#openAsNeeded()
    this.#settle()
  }

  #whenEmpty(): Promise<void> {
    this.#settle()
    return this.#empty.promise
  }

  #settle(): void {
    const isEmpty = this.#connections.size + this.#attempts.size + this.#waiting.length === 0
    if (isEmpty && this.#isClosing) this.#empty.resolve()
  }
}
