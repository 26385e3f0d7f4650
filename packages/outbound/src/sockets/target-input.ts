import type { OnReadOpts } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** Told when a connection is no longer read, and when it is read again. */
export interface PauseWatcher {
  onPaused(): void
  onResumed(): void
}

/** One for all connections: what comes is copied out of it at once. */
const buffer = Buffer.allocUnsafe(64 * 1024)

const known = new WeakMap<TLSSocket, TargetInput>()

/** To be kept where it is asked often: looking it up takes half a microsecond. */
export function inputOf(socket: TLSSocket): TargetInput {
  const input = known.get(socket)
  if (input === undefined) throw new TypeError('it is not connected to a target')
  return input
}

/**
 * What a connection brings. Node reads it into one buffer and stops in the middle of what it reads at once, up to
 * 2 MiB, when it is told to (`onread` of `tls.connect`). Several may pause it at once.
 */
export class TargetInput {
  /** For `tls.connect`. */
  readonly onread: OnReadOpts = { buffer, callback: (size) => this.#onRead(size) }
  /** Takes what comes; else it is read from the socket. */
  receive: ((bytes: Buffer) => void) | undefined
  watcher: PauseWatcher | undefined
  #socket: TLSSocket | undefined
  /** How many pause it now. */
  #pauses = 0

  bind(socket: TLSSocket): void {
    this.#socket = socket
    known.set(socket, this)
  }

  /** Nobody reads the connection now, whoever wants to. */
  get isPaused(): boolean {
    return this.#pauses > 0
  }

  pause(): void {
    this.#pauses += 1
    if (this.#pauses > 1) return
    this.#socket?.pause()
    this.watcher?.onPaused()
  }

  resume(): void {
    this.#pauses -= 1
    if (this.#pauses > 0) return
    this.#socket?.resume()
    this.watcher?.onResumed()
  }

  #onRead(size: number): boolean {
    const bytes = Buffer.from(buffer.subarray(0, size))
    const isWanted = this.receive === undefined ? this.#socket?.push(bytes) !== false : true
    this.receive?.(bytes)
    return isWanted && !this.isPaused
  }
}

/** One reason to pause a connection: it is read again when every reason is gone. */
export class InputPause {
  readonly #input: TargetInput
  #isOn = false

  constructor(input: TargetInput) {
    this.#input = input
  }

  begin(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#input.pause()
  }

  end(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#input.resume()
  }
}
