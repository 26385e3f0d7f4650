import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { TlsSignatures } from '@mtls-gateway/certificate-rules'
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

  /**
   * The numbers of the signatures that the target takes, until the handshake ends; undefined where one of the client's
   * key is among them, or nothing was asked for. If none is, OpenSSL goes on without the certificate.
   */
  signaturesInsteadOf({ tls12, tls13 }: TlsSignatures): readonly number[] | undefined {
    const accepted = this.#flight.acceptedSignatures
    const own = this.#flight.isTls13 ? tls13 : tls12
    return accepted.length === 0 || accepted.some((each) => own.includes(each)) ? undefined : accepted
  }

  end(): void {
    const { tls, loop } = this.#options
    this.#reader.stop()
    tls.off('keylog', this.#onKeys)
    this.#flight.forget()
    new LateMessages(tls, loop)
  }
}
