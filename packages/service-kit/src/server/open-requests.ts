import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'

/** Unanswered requests of a connection. Clients that pipeline at all send fewer. */
export const mostUnanswered = 16

/** How long a connection that was just accepted has to send its first request when the service stops. */
const lastCallMs = 500
const lookMs = 20

interface OpenRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Connection {
  /**
   * In the order in which they came; the first one is being answered. A list: a Set gets a new table whenever it
   * becomes empty, and the old table points to the new one. Once one of them is in the old generation, all later ones
   * are kept until the whole heap is marked. With three such sets that happened every 40,000 calls, for 100 ms each.
   */
  readonly unanswered: OpenRequest[]
  /** Nothing that comes from now on is carried out. */
  isEnding: boolean
}

/**
 * The requests that have not been answered, by connection. Those of one connection are carried out one after the other,
 * so that only the answer that the caller waits for is being made: it alone may write, end or keep the connection.
 */
export class OpenRequests {
  readonly #bySocket = new Map<Socket, Connection>()
  /** All that the server has accepted, also those whose TLS handshake is under way. */
  readonly #accepted = new Set<Socket>()
  /** Requests that are being answered. */
  #count = 0
  #leaving = false
  #onEmpty: (() => void) | undefined

  /** To be told of each connection, before its TLS handshake. */
  accept(socket: Socket): void {
    this.#accepted.add(socket)
    socket.once('close', () => this.#accepted.delete(socket))
  }

  /**
   * Carries a request out once all earlier ones of its connection have been answered, unless an answer has closed the
   * connection by then: callers repeat what is left (RFC 9112 section 9.3.2).
   */
  receive(request: IncomingMessage, response: ServerResponse, carryOut: () => void): void {
    const { socket } = request
    const connection = this.#connectionOf(socket)
    // Node parses all that it has read, even if the connection is closed by then.
    if (connection.isEnding || socket.writableEnded || socket.destroyed) return
    if (connection.unanswered.length === mostUnanswered) {
      this.closeWhenAnswered(socket)
      // Node would read on whenever a request is complete.
      socket.on('resume', () => socket.pause()).pause()
      return
    }
    const before = connection.unanswered.at(-1)
    const open = { request, response }
    connection.unanswered.push(open)
    // Where an answer has closed the connection, the next one never gets it.
    const begin = () => response.socket !== null && !socket.writableEnded && this.#begin(connection, open, carryOut)
    if (before === undefined) begin()
    else before.response.once('close', begin)
  }

  /** Whether the socket waits for an answer to a complete request. */
  isAwaited(socket: Socket): boolean {
    return this.#some(socket, ({ request }) => request.complete)
  }

  /** Whether an answer on the socket has begun. */
  isAnswering(socket: Socket): boolean {
    return this.#some(socket, ({ response }) => response.headersSent)
  }

  /**
   * Closes the connection after the answers to all complete requests on it. No other one is carried out.
   * @returns false if there are none; nothing else is done then
   */
  closeWhenAnswered(socket: Socket): boolean {
    const connection = this.#connectionOf(socket)
    connection.isEnding = true
    const last = connection.unanswered.findLast(({ request }) => request.complete)
    if (last === undefined) return false
    if (!last.response.headersSent) last.response.shouldKeepAlive = false
    last.response.once('finish', () => socket.destroySoon())
    return true
  }

  /**
   * From now on every answer says that its connection closes, so that callers who keep theirs go elsewhere with their
   * next request. Everything is served as before.
   */
  leave(): void {
    this.#leaving = true
    for (const { unanswered } of this.#bySocket.values()) if (unanswered[0]) this.#closeAfter(unanswered[0])
  }

  /**
   * Stops accepting, closes idle connections and waits for the open requests.
   * @returns how many were cut off after `graceMs`
   */
  async drain(server: Server, graceMs: number): Promise<number> {
    const deadline = performance.now() + graceMs
    this.leave()
    // Node closes connections whose requests have arrived, but are not read yet: callers would see a reset. After a
    // whole turn of the event loop they have been read. The first of the two may end in the middle of one.
    await turn()
    await turn()
    const closed = once(server, 'close')
    server.close()
    await this.#lastCall(server, Math.min(lastCallMs, graceMs))
    await this.#empty(deadline - performance.now())
    const cut = this.#count
    server.closeAllConnections()
    for (const socket of this.#accepted) socket.destroy()
    await closed
    return cut
  }

  #begin({ unanswered }: Connection, open: OpenRequest, carryOut: () => void): void {
    this.#count += 1
    open.response.on('close', () => {
      // Nearly always it is the only one, and `shift` takes longer.
      if (unanswered.length === 1) unanswered.pop()
      else unanswered.shift()
      this.#count -= 1
      // The next one of this connection may begin in a moment.
      if (this.#count === 0 && this.#onEmpty) queueMicrotask(() => this.#count === 0 && this.#onEmpty?.())
    })
    if (this.#leaving) this.#closeAfter(open)
    carryOut()
  }

  #closeAfter({ response }: OpenRequest): void {
    if (!response.headersSent) response.shouldKeepAlive = false
  }

  /** Waits for requests on connections that have had none: they were opened to send one. */
  async #lastCall(server: Server, limitMs: number): Promise<void> {
    for (const until = performance.now() + limitMs; performance.now() < until; await delay(lookMs)) {
      const { promise, resolve } = Promise.withResolvers<number>()
      server.getConnections((_, count) => resolve(count))
      // The server no longer counts those that are about to close.
      if ((await promise) <= [...this.#bySocket.keys()].filter(({ destroyed }) => !destroyed).length) return
    }
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#bySocket.get(socket)
    if (known) return known
    const created: Connection = { unanswered: [], isEnding: false }
    this.#bySocket.set(socket, created)
    socket.once('close', () => this.#bySocket.delete(socket))
    return created
  }

  #some(socket: Socket, test: (open: OpenRequest) => boolean): boolean {
    return this.#bySocket.get(socket)?.unanswered.some(test) ?? false
  }

  #empty(graceMs: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, graceMs)
    this.#onEmpty = () => {
      clearTimeout(timer)
      resolve()
    }
    return promise
  }
}
