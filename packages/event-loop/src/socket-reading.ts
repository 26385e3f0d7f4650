import type { Socket } from 'node:net'

/** Node's undocumented handle of a socket, plain or TLS. */
interface ReadHandle {
  readStart(): number
  readStop(): number
  reading: boolean
}

/**
 * Whether Node reads a socket. While stopped it does not, whoever wants to read meanwhile. Unlike `pause` this takes
 * effect in the middle of what Node reads at once, up to 2 MiB. One for each socket.
 */
export class SocketReading {
  readonly #socket: Socket
  #isStopped = false
  #isGuarded = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  stop(): void {
    this.#isStopped = true
    const handle = this.#handle
    if (handle === undefined) return
    if (!this.#isGuarded) this.#guard(handle)
    handle.readStop()
  }

  goOn(): void {
    this.#isStopped = false
    const handle = this.#handle
    if (handle?.reading) handle.readStart()
  }

  /** For a socket that flows: Node's parser stops the handle in ways that streams do not notice. */
  flow(): void {
    const handle = this.#handle
    if (handle === undefined || handle.reading) return
    handle.reading = true
    handle.readStart()
  }

  /** For good: V8 is slow with objects whose properties come and go. */
  #guard(handle: ReadHandle): void {
    this.#isGuarded = true
    const { readStart } = handle
    handle.readStart = () => (this.#isStopped ? 0 : readStart.call(handle))
  }

  get #handle(): ReadHandle | undefined {
    return (this.#socket as unknown as { _handle: ReadHandle | null })._handle ?? undefined
  }
}
