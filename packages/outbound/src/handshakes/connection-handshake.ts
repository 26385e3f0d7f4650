import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { WorkTime } from '@mtls-gateway/event-loop'
import type { AccountLoop } from '../turns/event-loop-turns.ts'
import { TargetFlight } from './flight/target-flight.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { LateMessages } from './late-messages.ts'

export interface ConnectionHandshakeOptions {
  readonly tcp: Socket
  readonly tls: TLSSocket
  /** ASN.1 elements of name constraints of the CAs that are trusted. */
  readonly trustConstraints: number
  /** Where accounts share the event loop, whose turn it is, and who is charged. */
  readonly loop: AccountLoop | undefined
}

/** The handshake of one connection, and what a target sends of its kind afterwards (TLS 1.3). */
export class ConnectionHandshake {
  readonly #options: ConnectionHandshakeOptions
  readonly #work = new WorkTime()
  readonly #flight: TargetFlight
  readonly #reader: HandshakeReader
  readonly #onKeys: (line: Buffer) => void

  /** In the turn in which the TLS socket was made. */
  constructor(options: ConnectionHandshakeOptions) {
    this.#options = options
    const { tcp, tls, trustConstraints, loop } = options
    this.#flight = new TargetFlight(trustConstraints)
    this.#onKeys = (line) => this.#flight.onKeys(line)
    tls.on('keylog', this.#onKeys)
    this.#reader = new HandshakeReader({ tcp, tls, inspection: this.#flight, loop, work: this.#work })
    this.#reader.start()
  }

  /** What it has taken of the event loop so far, in milliseconds. */
  get workMs(): number {
    return this.#work.ms
  }

  /** What the target has sent in it so far. */
  get bytes(): number {
    return this.#flight.bytes
  }

  /** The target's certificates in DER, leaf first, until the handshake ends. */
  get targetChain(): readonly Buffer[] {
    return this.#flight.chain
  }

  /** The target asks for a client certificate. */
  get asksForCertificate(): boolean {
    return this.#flight.asksForCertificate
  }

  end(): void {
    const { tls, loop } = this.#options
    this.#reader.stop()
    tls.off('keylog', this.#onKeys)
    this.#flight.forgetChain()
    new LateMessages(tls, loop)
  }
}
