import { readSync } from 'node:fs'
import type { OnReadOpts } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Tunnel } from './proxy-tunnel.ts'

/** Until its handshake may begin, while we read that, behind too many messages, until its turn, and its caller's. */
const pauseReasons = { place: 1, handshake: 2, messages: 4, turn: 8, caller: 16 } as const
type PauseReason = keyof typeof pauseReasons

/** Node's undocumented handles of a TLS socket. */
interface TlsHandle {
  /** Has OpenSSL work on these bytes as if they had been read from the connection. */
  receive(bytes: Buffer): void
  /** Undefined or negative where the system has none (Windows). */
  readonly fd?: number
  readonly reading: boolean
  /** The TCP connection. */
  readonly _parent?: {
    /** Returns an error number if it is being read already. */
    readStart(): number
  }
}

function handleOf(socket: TLSSocket | undefined): TlsHandle | undefined {
  return (socket as unknown as { readonly _handle: TlsHandle | null } | undefined)?._handle ?? undefined
}

/** More than any refusal needs, and 16 ms of OpenSSL's work at worst. */
const mostLastReads = 4

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
 * 2 MiB, when it is told to (`onread` of `tls.connect`). Through a proxy, the tunnel holds back what comes.
 */
export class TargetInput {
  /** For `tls.connect`. */
  readonly onread: OnReadOpts = { buffer, callback: (size) => this.#onRead(size) }
  /** Takes what comes; else it is read from the socket. */
  receive: ((bytes: Buffer) => void) | undefined
  readonly #tunnel: Tunnel | undefined
  #socket: TLSSocket | undefined
  /** The reasons for which it is not read now. */
  #reasons = 0
  #endsByAlert = false
  /** A write has failed. */
  #hasFailed = false

  /** @param tunnel of a connection through a proxy, for which there is no `onread` */
  constructor(tunnel?: Tunnel) {
    this.#tunnel = tunnel
  }

  bind(socket: TLSSocket): void {
    this.#socket = socket
    known.set(socket, this)
    if (this.#tunnel !== undefined) socket.on('data', (bytes) => this.receive?.(bytes))
    socket.prependOnceListener('end', () => {
      this.#endsByAlert = !this.#isEndOfTcp
    })
  }

  /** The target has closed its side, with the TLS closure alert (close_notify): anybody on the path can send a FIN. */
  get endsByAlert(): boolean {
    return this.#endsByAlert
  }

  /** Nobody reads the connection now, whoever wants to. */
  get isPaused(): boolean {
    return this.#reasons !== 0
  }

  pause(reason: PauseReason): void {
    const wasPaused = this.isPaused
    this.#reasons |= pauseReasons[reason]
    if (wasPaused) return
    if (this.#tunnel === undefined) this.#socket?.pause()
    else this.#tunnel.stopReading()
  }

  /** It is read again once every reason is gone. */
  resume(reason: PauseReason): void {
    const wasPaused = this.isPaused
    this.#reasons &= ~pauseReasons[reason]
    if (!wasPaused || this.isPaused) return
    if (this.#tunnel === undefined) this.#socket?.resume()
    else this.#tunnel.startReading()
  }

  /** What the connection brings can be read before TLS does: it is open, and has a descriptor or is a tunnel. */
  get isWithinReach(): boolean {
    return this.#tunnel === undefined ? (handleOf(this.#socket)?.fd ?? -1) >= 0 : !this.#tunnel.destroyed
  }

  /** @returns what the connection has brought and Node has not read: nothing if undefined, its end if it is empty */
  take(): Buffer | undefined {
    if (this.#tunnel !== undefined) return this.#tunnel.takeReceived()
    // The number may be another connection's as soon as this one is closed.
    const descriptor = handleOf(this.#socket)?.fd
    if (descriptor === undefined || descriptor < 0) return undefined
    try {
      return Buffer.from(buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, null)))
    } catch (error) {
      // Only errors are thrown here.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#socket?.destroy(error as Error)
      return undefined
    }
  }

  /** Has OpenSSL work on what was taken. */
  handOn(bytes: Buffer): void {
    if (this.#tunnel === undefined) handleOf(this.#socket)?.receive(bytes)
    else this.#tunnel.push(bytes)
  }

  /**
   * To be called back for each write. A target that refuses a call while its body is on the way sends its reason, be it
   * an answer or, with TLS 1.3, an alert about the client certificate, and closes. Our next write then fails before
   * Node has read what waits in the kernel (an alert: 30 of 30 streamed calls; a 413: 14 of 60). Node calls back before
   * it destroys the socket: what waits is read here.
   */
  readonly onWritten = (error?: Error | null): void => {
    if (!error || this.#hasFailed) return
    this.#hasFailed = true
    for (let reads = 0; reads < mostLastReads; reads++) {
      const bytes = this.take()
      if (bytes === undefined || bytes.length === 0) return
      this.handOn(bytes)
    }
  }

  /**
   * Node reports an alert and a FIN as the same `end`. They differ in one thing: after a FIN, libuv no longer reads the
   * connection when the end is reported.
   */
  get #isEndOfTcp(): boolean {
    if (this.#tunnel !== undefined) return this.#tunnel.readableEnded
    const tls = handleOf(this.#socket)
    if (tls?._parent === undefined) return true
    // A connection that is not read cannot have read a FIN.
    return tls.reading && !this.isPaused && tls._parent.readStart() === 0
  }

  #onRead(size: number): boolean {
    const bytes = Buffer.from(buffer.subarray(0, size))
    if (this.receive === undefined) return this.#socket?.push(bytes) !== false && !this.isPaused
    this.receive(bytes)
    return !this.isPaused
  }
}
