import type { TLSSocket } from 'node:tls'
import type { TlsSignatures } from '@mtls-gateway/certificate-rules'
import { flightRefusal } from '../failures/transport-error.ts'
import type { AccountLoop } from './event-loop-shares.ts'
import { TargetFlight } from './flight/target-flight.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { InputPause, inputOf } from './target-socket.ts'

interface ConnectionHandshakeOptions {
  readonly tls: TLSSocket
  /** ASN.1 elements of name constraints of the CAs that are trusted. */
  readonly trustConstraints: number
  /** Where accounts share the event loop, whose turn it is, and who is charged. */
  readonly loop: AccountLoop | undefined
}

/** After a TLS 1.3 handshake: usually two session tickets, and a key update about every 300 GiB. */
const usualLateMessages = 4
const maxLateMessages = 30

/** The handshake of one connection, and what a target sends of its kind afterwards (TLS 1.3). */
export class ConnectionHandshake {
  readonly #options: ConnectionHandshakeOptions
  readonly #flight: TargetFlight
  readonly #reader: HandshakeReader
  readonly #onKeys: (line: Buffer) => void

  /** In the tick in which the connection is there, or later while it is not read. */
  constructor(options: ConnectionHandshakeOptions) {
    this.#options = options
    const { tls, trustConstraints, loop } = options
    this.#flight = new TargetFlight(trustConstraints)
    this.#onKeys = (line) => this.#flight.onKeys(line)
    tls.on('keylog', this.#onKeys)
    this.#reader = new HandshakeReader({ tls, inspection: this.#flight, loop })
    this.#reader.start()
  }

  /** It waits for its account's turn. */
  get isInLine(): boolean {
    return this.#reader.isInLine
  }

  /** What the target has sent in it so far. */
  get bytes(): number {
    return this.#flight.bytes
  }

  /** The target's certificates in DER, leaf first, until the handshake ends. */
  get targetChain(): readonly Buffer[] {
    return this.#flight.chain
  }

  /** By now the socket, and what it knows of the target, may be gone. */
  get hasTargetCertificate(): boolean {
    return this.#flight.chain.length > 0
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
    limitLateMessages(tls, loop)
  }
}

/**
 * Session tickets and new keys (TLS 1.3) after the handshake. One read brings thousands, which OpenSSL processes in one
 * go: after the usual ones the rest waits for the next tick, and behind too many the connection ends. Requests for
 * another handshake (TLS 1.2) are refused, and many of them are empty traffic.
 */
function limitLateMessages(tls: TLSSocket, loop: AccountLoop | undefined): void {
  const pause = new InputPause(inputOf(tls))
  let count = 0
  let isPaused = false
  let pausedAt = 0
  let latestAt = 0
  const onTick = () => {
    // Nothing else is done between the messages of one read. Behind the last one others may have been served.
    const isAllowed = loop?.spend(latestAt - pausedAt, 0) ?? true
    isPaused = false
    if (count >= maxLateMessages || !isAllowed) tls.destroy(flightRefusal('message after message follows it'))
    else pause.end()
  }
  const onMessage = () => {
    count += 1
    if (count <= usualLateMessages) return
    latestAt = performance.now()
    if (isPaused) return
    isPaused = true
    pausedAt = latestAt
    pause.begin()
    // OpenSSL is at work: its connection must not be closed before it has returned.
    setImmediate(onTick)
  }
  tls.on('session', onMessage).on('keylog', onMessage)
}
