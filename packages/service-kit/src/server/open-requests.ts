import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'

/** Unanswered requests of a connection. Clients that pipeline at all send fewer. */
export const mostUnanswered = 16

/** How long a connection that was just accepted has to send its first request when the service stops. */
const lastCallMs = 500

/**
 * Answers that have not gone out, in the order in which their requests came; the first one is being made. A list: a Set
 * gets a new table whenever it becomes empty, and the old table points to the new one. Once one of them is in the old
 * generation, all later ones are kept until the whole heap is marked. With three such sets that happened every 40,000
 * calls, for 100 ms each.
 */
type Unanswered = ServerResponse[]

/**
 * The requests that have not been answered, by connection. Those of one connection are carried out one after the other,
 * so that only the answer that the caller waits for is being made: it alone may write, end or keep the connection.
 */
export class OpenRequests {
  readonly #bySocket = new Map<Socket, Unanswered>()
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
   * connection by then: callers repeat what is left (RFC 9112 section 9.3.2). Too many of them close it.
   */
  receive({ socket }: IncomingMessage, response: ServerResponse, carryOut: () => void): void {
    const unanswered = this.#unansweredOn(socket)
    // Node parses all that it has read, even if the connection is closed by then.
    if (socket.writableEnded || socket.destroyed) return
    if (unanswered.length === mostUnanswered) {
      socket.destroy()
      return
    }
    const before = unanswered.at(-1)
    unanswered.push(response)
    // Where an answer has closed the connection, the next one never gets it.
    const begin = () => response.socket !== null && !socket.writableEnded && this.#begin(unanswered, response, carryOut)
    if (before === undefined) begin()
    else before.once('close', begin)
  }

  /** Whether the socket waits for an answer to a complete request. */
  isAwaited(socket: Socket): boolean {
    return this.#bySocket.get(socket)?.some(({ req }) => req.complete) ?? false
  }

  /** Whether an answer on the socket has begun. */
  isAnswering(socket: Socket): boolean {
    return this.#bySocket.get(socket)?.some(({ headersSent }) => headersSent) ?? false
  }

  /**
   * Closes the connection after the answers to all complete requests on it, as nothing that follows them is a request.
   * @returns false if there are none; nothing else is done then
   */
  closeWhenAnswered(socket: Socket): boolean {
    const last = this.#bySocket.get(socket)?.findLast(({ req }) => req.complete)
    if (last === undefined) return false
    // Once, though Node tells of each further piece. An answer that says so by itself closes the connection anyway.
    if (last.shouldKeepAlive) last.once('finish', () => socket.destroySoon())
    last.shouldKeepAlive = false
    return true
  }

  /**
   * From now on every answer says that its connection closes, so that callers who keep theirs go elsewhere with their
   * next request. Everything is served as before.
   */
  leave(): void {
    this.#leaving = true
    for (const [response] of this.#bySocket.values()) if (response) closeAfter(response)
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
    // Connections that have had no request were opened to send one.
    if (this.#accepted.size > this.#bySocket.size) await delay(Math.min(lastCallMs, graceMs))
    await this.#empty(deadline - performance.now())
    const cut = this.#count
    server.closeAllConnections()
    for (const socket of this.#accepted) socket.destroy()
    await closed
    return cut
  }

  #begin(unanswered: Unanswered, response: ServerResponse, carryOut: () => void): void {
    this.#count += 1
    response.on('close', () => {
      // Nearly always it is the only one, and `shift` takes longer.
      if (unanswered.length === 1) unanswered.pop()
      else unanswered.shift()
      this.#count -= 1
      // The next one of this connection may begin in a moment.
      if (this.#count === 0 && this.#onEmpty) queueMicrotask(() => this.#count === 0 && this.#onEmpty?.())
    })
    if (this.#leaving) closeAfter(response)
    carryOut()
  }

  #unansweredOn(socket: Socket): Unanswered {
    const known = this.#bySocket.get(socket)
    if (known) return known
    const unanswered: Unanswered = []
    this.#bySocket.set(socket, unanswered)
    socket.once('close', () => this.#bySocket.delete(socket))
    return unanswered
  }

  #empty(graceMs: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onEmpty = resolve
    return Promise.race([promise, delay(graceMs, undefined, { ref: false })])
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false
}
