import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { flightRefusal } from './flight/flight-refusal.ts'
import { TargetFlight } from './flight/target-flight.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { WorkTime } from './work-time.ts'

/** After a TLS 1.3 handshake: usually two session tickets, and a key update about every 300 GiB. */
const usualMessages = 4
const maxMessages = 30

/** OpenSSL tells Node's undocumented handle of each message that follows a handshake. */
interface TlsHandle {
  onhandshakestart: () => void
}

export interface ConnectionHandshakeOptions {
  readonly tcp: Socket
  readonly tls: TLSSocket
  /** @param workMs what OpenSSL took for what came behind the handshake, in milliseconds */
  readonly onLateWork: (workMs: number) => void
}

/** The handshake of one connection, and what a target sends of its kind afterwards (TLS 1.3). */
export class ConnectionHandshake {
  readonly #options: ConnectionHandshakeOptions
  readonly #work = new WorkTime()
  readonly #reader: HandshakeReader
  readonly #onKeys: (line: Buffer) => void
  #messages = 0
  #isTimed = false

  /** In the turn in which the TLS socket was made. */
  constructor(options: ConnectionHandshakeOptions) {
    this.#options = options
    const { tcp, tls, onLateWork } = options
    const inspection = new TargetFlight()
    this.#onKeys = (line) => inspection.onKeys(line)
    tls.on('keylog', this.#onKeys)
    this.#reader = new HandshakeReader({ tcp, tls, inspection, work: this.#work, onRest: onLateWork })
    this.#reader.start()
  }

  /** What it has taken of the event loop so far, in milliseconds. */
  get workMs(): number {
    return this.#work.ms
  }

  end(): void {
    const { tls } = this.#options
    this.#reader.stop()
    // New keys in the middle of a connection are told of in this way, too.
    tls.off('keylog', this.#onKeys).on('keylog', this.#onMessage)
    const handle = (tls as unknown as { _handle: TlsHandle | null })._handle
    if (handle !== null) handle.onhandshakestart = this.#onMessage
  }

  /** OpenSSL is at work: its connection must not be closed before it has returned. */
  readonly #onMessage = (): void => {
    this.#messages += 1
    if (this.#messages <= usualMessages) return
    this.#timeThisTurn()
    if (this.#messages !== maxMessages) return
    setImmediate(() => this.#options.tls.destroy(flightRefusal('message after message follows it')))
  }

  /** A read brings thousands of them. */
  #timeThisTurn(): void {
    if (this.#isTimed) return
    this.#isTimed = true
    const before = this.#work.ms
    this.#work.begin()
    setImmediate(() => {
      this.#work.end()
      this.#isTimed = false
      this.#options.onLateWork(this.#work.ms - before)
    })
  }
}
