import type { TLSSocket } from 'node:tls'
import type { Connect, ConnectionOnItsWay } from '../connect/connection-attempt.ts'
import type { OpeningTimes } from '../connect/opening-times.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { AnswerHandler, TargetRequest } from './exchange.ts'
import { type ConnectionOwner, type ConnectionParts, TargetConnection, TargetExchange } from './target-connection.ts'

export interface PoolParts extends ConnectionParts {
  readonly connect: Connect
}

export interface TargetPoolCounts {
  readonly connections: number
  readonly running: number
  readonly queued: number
}

/** The connections of one identity to one target. */
export class TargetPool implements ConnectionOwner {
  readonly authority: string
  readonly parts: PoolParts
  readonly #hostname: string
  readonly #port: number
  /** Connections that are on their way up. */
  readonly #attempts = new Set<ConnectionOnItsWay>()
  readonly #connections = new Set<TargetConnection>()
  /** The one that was used last is used next, so that those that are not needed run out. */
  readonly #idle: TargetConnection[] = []
  /**
   * In the order in which they are served. Not a Set: if most find a connection at once, nearly every call empties it.
   */
  readonly #waiting: TargetExchange[] = []
  /** These need a new connection: theirs was dead, so the idle ones may be dead too. */
  readonly #waitingForNew: TargetExchange[] = []
  readonly #onEmpty: () => void
  readonly #empty = Promise.withResolvers<void>()
  #isClosing = false
  #destroyedBy: Error | undefined

  /**
   * @param origin `https://host` or `https://host:port`
   * @param onEmpty told whenever it has neither connections nor calls any more
   */
  constructor(origin: string, parts: PoolParts, onEmpty: () => void = () => {}) {
    const url = new URL(origin)
    this.authority = url.host
    this.parts = parts
    this.#onEmpty = onEmpty
    this.#hostname = url.hostname.replace(/^\[|\]$/g, '')
    this.#port = url.port === '' ? 443 : Number(url.port)
  }

  /**
   * Sends a request as soon as there is a connection. Its handler may be told before this returns.
   * @param onNew use only a connection that has carried nothing yet
   */
  send(request: TargetRequest, handler: AnswerHandler, onNew = false): void {
    const exchange = new TargetExchange(request, handler, this)
    if (this.#isClosing) exchange.fail(this.#destroyedBy ?? new TransportError('SHUTTING_DOWN'))
    else {
      const queue = onNew ? this.#waitingForNew : this.#waiting
      queue.push(exchange)
      // It may give up at once.
      handler.onStart(exchange)
      this.#serve()
    }
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
    for (const waiting of [this.#waitingForNew, this.#waiting]) {
      for (const exchange of waiting.splice(0)) exchange.fail(error)
    }
    for (const attempt of this.#attempts) attempt.cancel(error)
    for (const connection of this.#connections) connection.destroy(error)
    return this.#whenEmpty()
  }

  /** Resolves once it was closed or destroyed, and the last request has ended. */
  get ended(): Promise<void> {
    return this.#empty.promise
  }

  counts(): TargetPoolCounts {
    const connections = this.#connections.size
    return { connections, running: connections - this.#idle.length, queued: this.#queued }
  }

  onFree(connection: TargetConnection): void {
    if (this.#waiting.length === 0 && (this.#isClosing || this.parts.givesWay?.(connection.socket))) {
      connection.destroy()
      return
    }
    connection.rest()
    this.#idle.push(connection)
    this.#serve()
  }

  /** It gets one more connection. With no limit, a target that closes after each handshake would get them for ever. */
  onBounced(exchange: TargetExchange, error: Error): void {
    if (this.#destroyedBy !== undefined || exchange.hasBounced) exchange.fail(this.#destroyedBy ?? error)
    else {
      exchange.detach()
      this.#waitingForNew.push(exchange)
    }
  }

  onGivenUp(exchange: TargetExchange): void {
    for (const waiting of [this.#waitingForNew, this.#waiting]) remove(waiting, exchange)
    this.#withdrawUnneeded()
    this.#settle()
  }

  onClosed(connection: TargetConnection): void {
    this.#connections.delete(connection)
    remove(this.#idle, connection)
    this.#serve()
    this.#settle()
  }

  #open(): void {
    const attempt = this.parts.connect(this.#hostname, this.#port, (error, socket, times) => {
      this.#attempts.delete(attempt)
      if (socket === null) this.#onFailed(error ?? new TransportError('TRANSPORT_FAILED'), times)
      else this.#onOpened(socket, times)
    })
    this.#attempts.add(attempt)
  }

  #onOpened(socket: TLSSocket, times: OpeningTimes | undefined): void {
    const connection = new TargetConnection(socket, this)
    this.#connections.add(connection)
    const exchange = this.#nextForNew()
    if (exchange === undefined) this.onFree(connection)
    else {
      if (times !== undefined) exchange.handler.onOpening?.(times)
      connection.carry(exchange)
    }
  }

  /**
   * Each attempt is made for an exchange that waits: the one that has waited longest is told.
   * @param times undefined if it was refused before it began
   */
  #onFailed(error: Error, times: OpeningTimes | undefined): void {
    const exchange = this.#nextForNew()
    if (times !== undefined) exchange?.handler.onOpening?.(times)
    exchange?.fail(error)
    this.#serve()
    this.#settle()
  }

  /** Gives those that wait the connections that are free, and opens more for the others. */
  #serve(): void {
    const waiting = this.#waiting
    while (waiting.length > 0) {
      const connection = this.#takeIdle()
      if (connection === undefined) break
      // Nearly always there is but one, and `shift` costs more.
      const exchange = waiting.length === 1 ? waiting.pop() : waiting.shift()
      if (exchange !== undefined) connection.carry(exchange)
    }
    while (this.#queued > this.#attempts.size && this.#hasRoom) this.#open()
    this.#withdrawUnneeded()
    // At the limit, an idle connection makes room for a new one once it has closed.
    if (this.#waitingForNew.length > this.#attempts.size) this.#idle.pop()?.destroy()
  }

  /** Ends attempts that still wait for a place, where nobody needs them: others would close connections for them. */
  #withdrawUnneeded(): void {
    if (this.#attempts.size <= this.#queued) return
    for (const attempt of this.#attempts) {
      if (this.#attempts.size <= this.#queued) return
      if (attempt.withdraw()) this.#attempts.delete(attempt)
    }
  }

  get #queued(): number {
    return this.#waiting.length + this.#waitingForNew.length
  }

  get #hasRoom(): boolean {
    return this.#connections.size + this.#attempts.size < this.parts.limits.connectionsPerTarget
  }

  /** The one that was used last, but for those that have answered just now: they would have to wait. */
  #takeIdle(): TargetConnection | undefined {
    const idle = this.#idle
    while (idle.length > 0) {
      const at = lastQuiet(idle)
      const connection = at < 0 || at === idle.length - 1 ? idle.pop() : idle.splice(at, 1)[0]
      if (connection?.isUsable) return connection
      connection?.destroy()
    }
    return undefined
  }

  #nextForNew(): TargetExchange | undefined {
    return this.#waitingForNew.shift() ?? this.#waiting.shift()
  }

  #whenEmpty(): Promise<void> {
    this.#settle()
    return this.#empty.promise
  }

  #settle(): void {
    if (this.#connections.size + this.#attempts.size + this.#queued > 0) return
    this.#onEmpty()
    if (this.#isClosing) this.#empty.resolve()
  }
}

function remove<Item>(list: Item[], item: Item): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}

/** -1 if all have answered just now. */
function lastQuiet(connections: readonly TargetConnection[]): number {
  let at = connections.length - 1
  while (at >= 0 && !connections[at]?.isQuiet) at--
  return at
}
