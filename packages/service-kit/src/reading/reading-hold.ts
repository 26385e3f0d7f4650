import type { Socket } from 'node:net'

/** Node's undocumented handle of a socket, plain or of TLS. */
interface ReadHandle {
  readStart(): number
  readStop(): number
  reading: boolean
}

/** Why a connection is not read. */
export const holdReason = {
  /** It has brought its share of this turn. */
  turn: 1,
  /** It waits in line. */
  line: 2,
  /** Requests of it have come that are not carried out yet. */
  requests: 4,
  /** More requests have come than are read: it ends when those before them are answered. */
  cut: 8,
  /** Another connection has taken this turn. */
  others: 16,
} as const

/**
 * Keeps Node from reading a caller's connection, whoever wants to read from its socket meanwhile. Unlike `pause` it
 * takes effect in the middle of what Node reads at once, up to 2 MiB.
 */
export class ReadingHold {
  /** Called when what has been read may be parsed again. */
  onFree: () => void = () => {}
  readonly #socket: Socket
  #reasons = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** What has been read is not to be parsed either. */
  get isBusy(): boolean {
    return (this.#reasons & (holdReason.requests | holdReason.cut)) !== 0
  }

  get isHeld(): boolean {
    return this.#reasons !== 0
  }

  begin(reason: number): void {
    if (this.#reasons === 0) this.#stop()
    this.#reasons |= reason
  }

  /** For a socket that flows, whoever has stopped its handle: Node's parser does so in ways that streams do not notice. */
  flow(): void {
    const handle = handleOf(this.#socket)
    if (handle === undefined || handle.reading) return
    handle.reading = true
    handle.readStart()
  }

  end(reason: number): void {
    if (this.#reasons === 0) return
    const wasBusy = this.isBusy
    this.#reasons &= ~reason
    if (wasBusy && !this.isBusy) this.onFree()
    if (this.#reasons === 0) this.#goOn()
  }

  #stop(): void {
    const handle = handleOf(this.#socket)
    if (handle === undefined) return
    handle.readStop()
    handle.readStart = readNothing
  }

  #goOn(): void {
    const handle = handleOf(this.#socket)
    if (handle === undefined) return
    // Its prototype's is the real one.
    Reflect.deleteProperty(handle, 'readStart')
    if (handle.reading) handle.readStart()
  }
}

function handleOf(socket: Socket): ReadHandle | undefined {
  return (socket as unknown as { _handle: ReadHandle | null })._handle ?? undefined
}

const readNothing = (): number => 0
