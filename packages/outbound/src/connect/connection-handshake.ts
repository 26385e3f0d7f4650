import type { TLSSocket } from 'node:tls'
import type { TlsSignatures } from '@mtls-gateway/certificate-rules'
import { type Job, WorkTime } from '@mtls-gateway/event-loop'
import { flightRefusal, targetTooCostly } from '../failures/transport-error.ts'
import type { AccountLoop } from './event-loop-shares.ts'
import { FlightRules } from './flight/flight-rules.ts'
import { TargetFlight } from './flight/target-flight.ts'
import { inputOf, type TargetInput } from './target-socket.ts'

/** A look is delayed by this part of the time that the handshake has taken so far, and costs 5 us. */
const lookPart = 1 / 8
/** After a TLS 1.3 handshake there are usually two session tickets, and a key update about every 300 GiB. */
const maxLateMessages = 30

/**
 * The handshake of one connection, and what a target sends of its kind afterwards (TLS 1.3). Reads it and hands OpenSSL
 * what passes the first look. When Node reads, OpenSSL processes the bytes before any code of ours runs, so they could
 * be neither inspected nor timed. Later calls cost nothing extra: Node reads the connection itself once this is over.
 */
export class ConnectionHandshake implements Job {
  /** What a step takes at least: a turn of the event loop has room for one. */
  readonly expectedMs = 0.5
  /** What the target has said in it, until it ends. The socket, and what it knows of the target, may be gone sooner. */
  readonly messages: FlightRules
  readonly #tls: TLSSocket
  readonly #loop: AccountLoop | undefined
  readonly #flight: TargetFlight
  readonly #input: TargetInput
  readonly #began = performance.now()
  #look: NodeJS.Immediate | NodeJS.Timeout | undefined
  /** What it waits for its turn with. */
  #bytes: Buffer | undefined

  /**
   * In the tick in which the connection is there, or later while it is not read.
   * @param trustConstraints ASN.1 elements of name constraints of the CAs that are trusted
   * @param loop where accounts share the event loop: whose turn it is, and who is charged
   */
  constructor(tls: TLSSocket, trustConstraints: number | undefined, loop: AccountLoop | undefined) {
    this.#tls = tls
    this.#loop = loop
    this.messages = new FlightRules(trustConstraints)
    this.#flight = new TargetFlight(this.messages)
    tls.on('keylog', this.#onKeys)
    this.#input = inputOf(tls)
    if (!this.#input.isWithinReach) return
    this.#input.pause('handshake')
    this.#look = setImmediate(this.#read)
    tls.once('close', () => this.#stop())
  }

  /** It waits for its account's turn. */
  get isInLine(): boolean {
    return this.#bytes !== undefined
  }

  /** What the target has sent in it so far. */
  get bytes(): number {
    return this.#flight.bytes
  }

  /**
   * The numbers of the signatures that the target takes, until the handshake ends; undefined where one of the client's
   * key is among them, or nothing was asked for. If none is, OpenSSL goes on without the certificate.
   */
  signaturesInsteadOf({ tls12, tls13 }: TlsSignatures): readonly number[] | undefined {
    const accepted = this.messages.acceptedSignatures
    const own = this.#flight.isTls13 ? tls13 : tls12
    return accepted.length === 0 || accepted.some((each) => own.includes(each)) ? undefined : accepted
  }

  end(): void {
    this.#stop()
    this.#tls.off('keylog', this.#onKeys)
    this.messages.forget()
    limitLateMessages(this.#tls, this.#input, this.#loop)
  }

  /** Node reads the connection itself, as soon as what is put off to the end of this turn has been sent. */
  #stop(): void {
    if (this.#look === undefined) return
    clearImmediate(this.#look as NodeJS.Immediate)
    clearTimeout(this.#look as NodeJS.Timeout)
    this.#look = undefined
    this.#bytes = undefined
    this.#loop?.leave(this)
    setImmediate(() => this.#input.resume('handshake'))
  }

  readonly #onKeys = (line: Buffer): void => this.#flight.onKeys(line)

  readonly #read = (): void => {
    const bytes = this.#input.take()
    if (bytes === undefined) this.#lookAgain()
    // The end of the connection is Node's to find: it reads the same again.
    else if (bytes.length === 0) this.#stop()
    else {
      this.#bytes = bytes
      if (this.#loop === undefined) this.onTurn()
      else this.#loop.lineUp(this)
    }
  }

  onTurn(): void {
    const bytes = this.#bytes
    this.#bytes = undefined
    if (bytes === undefined || !this.#input.isWithinReach) return
    this.#handOn(bytes)
    if (this.#look !== undefined) this.#look = setImmediate(this.#read)
  }

  #lookAgain(): void {
    if (this.#look === undefined) return
    this.#look = setTimeout(this.#read, (performance.now() - this.#began) * lookPart)
  }

  /** Times the first look, OpenSSL, and whoever hears from it. */
  #handOn(bytes: Buffer): void {
    const work = new WorkTime()
    try {
      this.#flight.add(bytes)
      let piece = this.#flight.next()
      while (piece !== undefined) {
        this.#input.handOn(piece)
        piece = this.#look === undefined ? undefined : this.#flight.next()
      }
      // Before anything is asked of the target: what comes unasked is no answer.
      if (this.#look === undefined) this.#input.handOn(this.#flight.rest())
    } catch (error) {
      // Only errors are thrown here.
      this.#tls.destroy(error as Error)
    }
    // Where it is over, its account rests for the next one.
    if (this.#loop?.spend(work.ms) === false && this.#look !== undefined) this.#tls.destroy(targetTooCostly())
  }
}

/**
 * Session tickets and new keys (TLS 1.3) after the handshake. One read brings thousands, which OpenSSL processes in one
 * go: behind too many no other read follows, and the connection ends. Requests for another handshake (TLS 1.2) are
 * refused, and many of them are empty traffic.
 */
function limitLateMessages(tls: TLSSocket, input: TargetInput, loop: AccountLoop | undefined): void {
  let count = 0
  let latestAt = 0
  const onMessage = () => {
    count += 1
    latestAt = performance.now()
    if (count !== maxLateMessages) return
    const tooManyAt = latestAt
    input.pause('messages')
    // OpenSSL is at work: its connection must not be closed before it has returned.
    setImmediate(() => {
      // Nothing else is done between the messages of one read. Behind the last one others may have been served.
      loop?.spend(latestAt - tooManyAt, 0)
      tls.destroy(flightRefusal('message after message follows it'))
    })
  }
  tls.on('session', onMessage).on('keylog', onMessage)
}
