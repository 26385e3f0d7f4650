import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { TransportError } from '../transport-error.ts'
import { RepeatedFlight } from './flight/repeated-flight.ts'
import { TargetFlight } from './flight/target-flight.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { WorkTime } from './work-time.ts'

/** IIS and Apache see a client certificate for some of their paths in this way. */
const maxRepeats = 3
/** Of TLS 1.3: a target sends two or so tickets, and new keys for every 300 GiB. */
const maxMessages = 100

/** OpenSSL tells Node's undocumented handle that a handshake begins, and of each message of TLS 1.3 after it. */
interface TlsHandle {
  onhandshakestart: () => void
}

export interface ConnectionHandshakesOptions {
  readonly tcp: Socket
  readonly tls: TLSSocket
  /** @param workMs what one that a target asked for later took of the event loop, in milliseconds */
  readonly onRepeated: (workMs: number) => void
}

/** The handshakes of one connection: the first, and those that a target may ask for later (TLS 1.2). */
export class ConnectionHandshakes {
  readonly #options: ConnectionHandshakesOptions
  readonly #work = new WorkTime()
  #reader: HandshakeReader
  #repeats = 0
  #messages = 0

  /** In the turn in which the TLS socket was made. */
  constructor(options: ConnectionHandshakesOptions) {
    this.#options = options
    const { tcp, tls } = options
    const inspection = new TargetFlight()
    tls.on('keylog', (line) => inspection.onKeys(line))
    this.#reader = new HandshakeReader({ tcp, tls, inspection, work: this.#work })
    this.#reader.start()
  }

  /** What they have taken of the event loop so far, in milliseconds. */
  get workMs(): number {
    return this.#work.ms
  }

  /** The first one is over. */
  end(): void {
    const { tls } = this.#options
    this.#reader.stop()
    const handle = (tls as unknown as { _handle: TlsHandle | null })._handle
    if (handle === null || tls.destroyed) return
    const isOld = tls.getProtocol() === 'TLSv1.2'
    // OpenSSL is at work when it tells of it: its connection must not be closed before it has returned.
    handle.onhandshakestart = isOld ? this.#onRepeated : this.#onMessage
  }

  readonly #onRepeated = (): void => {
    const { tcp, tls, onRepeated } = this.#options
    this.#repeats += 1
    if (this.#repeats > maxRepeats) {
      this.#refuse('it was repeated again and again')
      return
    }
    // What came together with the wish for it is at work right now, read by Node.
    this.#work.begin()
    setImmediate(() => this.#work.end())
    const before = this.#work.ms
    const reader = new HandshakeReader({ tcp, tls, inspection: new RepeatedFlight(), work: this.#work })
    reader.start()
    const end = () => {
      tls.off('secure', end).off('close', end)
      reader.stop()
      onRepeated(this.#work.ms - before)
    }
    tls.once('secure', end).once('close', end)
  }

  readonly #onMessage = (): void => {
    this.#messages += 1
    if (this.#messages === maxMessages) this.#refuse('it was followed by message after message')
  }

  #refuse(detail: string): void {
    setImmediate(() => this.#options.tls.destroy(new TransportError('TARGET_HANDSHAKE_REFUSED', { detail })))
  }
}
