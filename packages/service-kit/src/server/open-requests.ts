import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'

/** How long a connection that was just accepted has to send its first request when the service stops. */
const lastCallMs = 500
const lookMs = 20

interface OpenRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  end(): void
}

/** False if it is not there. Nearly always it is the only one, and `splice` would make a list of what it removes. */
function takeOut(list: OpenRequest[], open: OpenRequest): boolean {
  const at = list.indexOf(open)
  if (at < 0) return false
  if (list.length === 1) list.pop()
  else list.splice(at, 1)
  return true
}

/** The requests that are being answered, so that a shutdown can let them end. */
export class OpenRequests {
  /**
   * Kept in lists: a Set gets a new table whenever it becomes empty, and the old table points to the new one. Once one
   * of them is in the old generation, all later ones are kept until the whole heap is marked. With three such sets that
   * happened every 40,000 calls, for 100 ms each.
   */
  readonly #bySocket = new Map<Socket, OpenRequest[]>()
  #count = 0
  #leaving = false
  /** Their answers close their connections only because the service stops. */
  readonly #told = new WeakSet<ServerResponse>()
  #onEmpty: (() => void) | undefined

  /** Calls `onEnd` once, when the answer has been handed over or the connection is gone. */
  enter(request: IncomingMessage, response: ServerResponse, onEnd: () => void): void {
    const ofSocket = this.#ofSocket(request.socket)
    const open: OpenRequest = {
      request,
      response,
      end: () => {
        if (!takeOut(ofSocket, open)) return
        onEnd()
        this.#leave()
      },
    }
    ofSocket.push(open)
    this.#count += 1
    if (this.#leaving) this.#closeAfter(ofSocket)
    response.on('close', open.end)
  }

  /** How many requests on the socket are being answered. */
  count(socket: Socket): number {
    return this.#bySocket.get(socket)?.length ?? 0
  }

  /** The connections on which a request has come. */
  sockets(): Iterable<Socket> {
    return this.#bySocket.keys()
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
   * Closes the connection after the answers to all complete requests on it.
   * @returns false if there are none; nothing is done then
   */
  closeWhenAnswered(socket: Socket): boolean {
    const last = this.#bySocket.get(socket)?.findLast(({ request }) => request.complete)
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
    for (const ofSocket of this.#bySocket.values()) this.#closeAfter(ofSocket)
  }

  /** The connection need not close after an answer that would have closed it, unless the service stops. */
  keep(socket: Socket, response: ServerResponse): void {
    response.shouldKeepAlive = true
    if (this.#leaving) this.#closeAfter(this.#bySocket.get(socket) ?? [])
  }

  /** Whether a request comes after an answer that closes its connection, so that nobody would get the answer to it. */
  comesTooLate(socket: Socket): boolean {
    if (!this.#leaving) return false
    return (
      socket.writableEnded || this.#some(socket, ({ response }) => response.headersSent && !response.shouldKeepAlive)
    )
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
    await closed
    return cut
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

  /** Only the last answer of a connection may close it: callers may have sent several requests. */
  #closeAfter(ofSocket: readonly OpenRequest[]): void {
    const [before, last] = [ofSocket.at(-2)?.response, ofSocket.at(-1)?.response]
    if (before !== undefined && !before.headersSent && this.#told.delete(before)) before.shouldKeepAlive = true
    if (last === undefined || last.headersSent || !last.shouldKeepAlive) return
    last.shouldKeepAlive = false
    this.#told.add(last)
  }

  /**
   * However the connection ends, every answer on it closes, so that its resources are released. Node closes the first
   * one, and those after it unless it has released the connection, as it does for a CONNECT.
   */
  #ofSocket(socket: Socket): OpenRequest[] {
    const known = this.#bySocket.get(socket)
    if (known) return known
    const created: OpenRequest[] = []
    this.#bySocket.set(socket, created)
    socket.once('close', () => {
      this.#bySocket.delete(socket)
      for (const open of [...created]) {
        if (open.response.socket === null) open.response.destroy()
        open.end()
      }
    })
    return created
  }

  #some(socket: Socket, test: (open: OpenRequest) => boolean): boolean {
    return this.#bySocket.get(socket)?.some(test) ?? false
  }

  #leave(): void {
    this.#count -= 1
    if (this.#count === 0) this.#onEmpty?.()
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
