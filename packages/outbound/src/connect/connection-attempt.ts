import { X509Certificate } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { isIP, type LookupFunction, type TcpNetConnectOpts } from 'node:net'
import { connect, type SecureContext, type TLSSocket, type ConnectionOptions as TlsOptions } from 'node:tls'
import type { Permit } from '@mtls-gateway/bulkhead'
import { isPromise, type Job, WorkTime } from '@mtls-gateway/event-loop'
import { AddressRefusal, reachableAddresses } from '../addresses/reachable-addresses.ts'
import type { TargetGuard } from '../addresses/target-guard.ts'
import { type ConnectionFacts, recordConnectionFacts } from '../failures/connection-facts.ts'
import { TransportError, type TransportPhase } from '../failures/transport-error.ts'
import { contextFactsOf } from '../identities/create-tls-context.ts'
import { type TargetTrust, targetIdentityCheck } from '../identities/target-trust.ts'
import type { TlsContext } from '../identities/tls-contexts.ts'
import { ConnectionHandshake } from './connection-handshake.ts'
import { type AccountLoop, handshakeLimits } from './event-loop-shares.ts'
import { describeHandshake, type Handshake, type HandshakeListener } from './handshake.ts'
import { type ConnectionWatch, OpeningTimes } from './opening-times.ts'
import { readBeforeFailedWrite, TargetInput } from './target-socket.ts'

export interface ConnectionOptions {
  readonly guard: TargetGuard
  readonly lookup: LookupFunction
  readonly context: TlsContext
  readonly hasClientCertificate: boolean
  /** OpenSSL tells of the handshake on the standard error of the process. */
  readonly trace: boolean
  readonly trust: TargetTrust | undefined
  /** For finding the address and TCP together. */
  readonly connectTimeoutMs: number
  readonly handshakeTimeoutMs: number
  /** Told of each handshake in which the target's certificate was accepted or refused. */
  readonly onHandshake: HandshakeListener | undefined
  /** Where accounts share the event loop, whose turn it is; undefined: nobody waits for it. */
  readonly loop: AccountLoop | undefined
  readonly watch?: ConnectionWatch | undefined
}

export type Connected = (error: Error | null, socket: TLSSocket | null, times: OpeningTimes) => void

/** What making a TLS context takes, as long as it trusts few CAs. */
const contextMs = 1
/** How long one waits for that at most: as long as for a handshake. */
const longestTurnMs = handshakeLimits.waiting.limitMs

/** One connection on its way up: TLS context, address, TCP, TLS. */
export class ConnectionAttempt implements Job {
  readonly expectedMs = contextMs
  readonly #options: ConnectionOptions
  readonly #hostname: string
  readonly #port: number
  #done: Connected | undefined
  #phase: TransportPhase = 'resolve'
  #timer: NodeJS.Timeout | undefined
  #socket: TLSSocket | undefined
  #isTls12 = false
  #negotiated: Pick<Handshake, 'protocol' | 'cipher'> = { protocol: null, cipher: null }
  /** See `ConnectionFacts`. */
  #acceptedSignatures: readonly number[] | undefined
  readonly #times = new OpeningTimes()
  #secureContext: SecureContext | undefined
  #place: Permit | undefined
  #handshake: ConnectionHandshake | undefined
  /** Closes with the attempt: at once, as its TLS context may be gone in the next moment. */
  readonly #over = new EventEmitter<{ close: [] }>()

  constructor(options: ConnectionOptions, hostname: string, port: number, done: Connected) {
    this.#options = options
    this.#hostname = hostname
    this.#port = port
    this.#done = done
  }

  start(): void {
    const { guard, context, loop } = this.#options
    const refusal = guard.portRefusal(this.#port) ?? this.#addressRefusal()
    if (refusal !== undefined) {
      process.nextTick(() => this.#fail(refusal))
    } else if (context.isMade || loop === undefined) this.onTurn()
    else {
      this.#timer = setTimeout(() => this.#finish(loop.refusal(), null), longestTurnMs)
      loop.lineUp(this)
    }
  }

  /** For its TLS context, which the account pays for. */
  onTurn(): void {
    const { context, loop } = this.#options
    const work = new WorkTime()
    work.begin()
    try {
      this.#secureContext = context.get()
    } catch (error) {
      // Only errors are thrown here. Whoever asked is told when it knows of this attempt.
      process.nextTick(() => this.#finish(error as Error, null))
      return
    } finally {
      work.end()
      // No target has asked for it: its account rests, and that is all.
      loop?.spend(work.ms, work.ms)
    }
    this.#connect(this.#secureContext)
  }

  #connect(secureContext: SecureContext): void {
    const { trust, trace, connectTimeoutMs, onHandshake } = this.#options
    const name = trust?.serverName ?? this.#hostname.replace(/\.$/, '')
    const input = new TargetInput()
    // Its type leaves out what it hands on to net.connect.
    const options: TlsOptions & TcpNetConnectOpts = {
      host: this.#hostname,
      port: this.#port,
      lookup: this.#lookup,
      autoSelectFamily: true,
      // Node gives up on an address after this, even a slow one that is alone in its family: its 250 ms are too short.
      autoSelectFamilyAttemptTimeout: Math.ceil(connectTimeoutMs / 4),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      secureContext,
      servername: isIP(name) === 0 ? name : '', // RFC 6066 section 3: no addresses in SNI
      checkServerIdentity: targetIdentityCheck(name, trust),
      ALPNProtocols: ['http/1.1'],
      enableTrace: trace,
      rejectUnauthorized: true, // said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off
      onread: input.onread,
    }
    const tls = connect(options)
    input.bind(tls)
    this.#socket = tls
    if (isIP(this.#hostname) !== 0) this.#hasAddress()
    this.#allow(connectTimeoutMs, tls)
    tls.on('error', (error) => (this.#handshake === undefined ? this.#fail(error) : this.#onTlsError(tls, error)))
    if (onHandshake !== undefined) tls.once('keylog', () => this.#noteCipher(tls))
    tls.once('secureConnect', () => this.#succeed(tls))
    // Node begins to read it in this very tick: what the target says stays where it is.
    tls.once('connect', () => process.nextTick(() => this.#awaitTurn(tls, input)))
  }

  /** For an address in a url, as no name is looked up. */
  #addressRefusal(): AddressRefusal | undefined {
    const family = isIP(this.#hostname)
    if (family === 0) return undefined
    const isRefused = this.#options.guard.addresses.check(this.#hostname, family === 4 ? 'ipv4' : 'ipv6')
    return isRefused ? new AddressRefusal(this.#hostname) : undefined
  }

  /** What the target has sent in its handshake so far. */
  get handshakeBytes(): number {
    return this.#handshake?.bytes ?? 0
  }

  /** Ends it while it is on its way; it fails with the error. */
  cancel(error: Error): void {
    this.#finish(error, null)
    this.#socket?.destroy()
  }

  /** Whatever looks names up, Node is handed few addresses, and none that the guard refuses. */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    this.#options.lookup(hostname, options, (error, found, family) => {
      const isList = error === null && Array.isArray(found)
      const address = isList ? [...reachableAddresses(found, this.#options.guard.addresses)] : found
      const refusal = isList && found.length > 0 && address.length === 0 ? new AddressRefusal(hostname) : error
      if (refusal === null || refusal instanceof AddressRefusal) this.#hasAddress()
      callback(refusal, address, family)
    })
  }

  #hasAddress(): void {
    this.#phase = 'connect'
    this.#times.lookedUpAt = performance.now()
  }

  /** Meanwhile no time runs: it is not the target's. */
  #awaitTurn(tls: TLSSocket, input: TargetInput): void {
    const { loop } = this.#options
    if (this.#done === undefined) return
    this.#phase = 'handshake'
    this.#times.connectedAt = performance.now()
    if (loop === undefined) {
      this.#startHandshake(tls)
      return
    }
    clearTimeout(this.#timer)
    tls.once('close', this.#onClose)
    input.pause()
    const begin = (place: Permit) => {
      // Its place may have been on the way when this ended.
      if (this.#done === undefined) place.release()
      else {
        tls.off('close', this.#onClose)
        this.#place = place
        this.#startHandshake(tls)
        input.resume()
      }
    }
    const refuse = (error: Error) => {
      this.#finish(error, null)
      tls.destroy()
    }
    try {
      const place = loop.handshake(this.#over)
      if (isPromise(place)) place.then(begin, refuse)
      else begin(place)
    } catch (error) {
      // Only errors are thrown here.
      refuse(error as Error)
    }
  }

  readonly #onClose = (): void => this.#fail(new TransportError('SOCKET_CLOSED'))

  #startHandshake(tls: TLSSocket): void {
    const { handshakeTimeoutMs, loop } = this.#options
    this.#times.handshakeAt = performance.now()
    const { trustConstraints } = contextFactsOf(this.#secureContext)
    this.#handshake = new ConnectionHandshake({ tls, trustConstraints, loop })
    this.#allow(handshakeTimeoutMs, tls)
  }

  /**
   * TLS 1.3 lets a target object to the client certificate when the handshake is over for us. Node emits that alert and
   * then the end of the stream: destroying at once keeps the alert as the reason.
   */
  #onTlsError(tls: TLSSocket, error: Error): void {
    const handshakeOver = this.#phase === 'exchange'
    const targetCertificateRefused = !handshakeOver && Boolean(tls.authorizationError)
    const targetChain = this.#handshake?.targetChain ?? []
    if (!handshakeOver) this.#noteSignatures()
    // The socket no longer has it.
    if (targetCertificateRefused && targetChain[0]) this.#report(targetChain[0], false)
    this.#record(error, {
      targetCertificateSeen: handshakeOver || this.#handshake?.hasTargetCertificate === true,
      targetCertificateRefused,
      answeredBefore: tls.bytesRead > 0,
      targetChain,
    })
    if (handshakeOver) tls.destroy(error)
    else this.#finish(error, null)
  }

  #succeed(tls: TLSSocket): void {
    this.#phase = 'exchange'
    this.#isTls12 = tls.getProtocol() === 'TLSv1.2'
    this.#noteSignatures()
    readBeforeFailedWrite(tls)
    // Not getPeerX509Certificate: where a target asks for another handshake (TLS 1.2), Node checks the certificate once
    // more, and would be left without it.
    if (this.#options.onHandshake !== undefined) this.#report(tls.getPeerCertificate().raw, true)
    this.#finish(null, tls)
  }

  /** Before the handshake ends, with which they are forgotten. */
  #noteSignatures(): void {
    const { signatures } = contextFactsOf(this.#secureContext)
    this.#acceptedSignatures = signatures && this.#handshake?.signaturesInsteadOf(signatures)
  }

  readonly #fail = (error: Error): void => {
    this.#record(error, {
      targetCertificateSeen: false,
      targetCertificateRefused: false,
      answeredBefore: false,
      targetChain: [],
    })
    this.#finish(error, null)
  }

  /** The first outcome counts; of errors after it only `#onTlsError` takes notice. */
  #finish(error: Error | null, tls: TLSSocket | null): void {
    clearTimeout(this.#timer)
    this.#options.loop?.leave(this)
    this.#place?.release()
    this.#place = undefined
    const done = this.#done
    this.#done = undefined
    this.#times.endedAt ??= performance.now()
    if (done !== undefined) this.#options.watch?.ended(tls !== null, this.#times)
    this.#over.emit('close')
    done?.(error, tls, this.#times)
    this.#handshake?.end()
  }

  /** With the first keys, as long as there is a socket to ask: one that refuses the target's certificate is gone. */
  #noteCipher(tls: TLSSocket): void {
    this.#negotiated = { protocol: tls.getProtocol(), cipher: tls.getCipher().name }
  }

  /** @param certificate in DER */
  #report(certificate: Buffer | undefined, authorized: boolean): void {
    const { asksForCertificate = false, targetChain = [] } = this.#handshake ?? {}
    if (certificate === undefined) return
    const facts = { ...this.#negotiated, authorized, clientCertificateRequested: asksForCertificate }
    this.#options.onHandshake?.(describeHandshake(new X509Certificate(certificate), facts), targetChain)
  }

  #allow(milliseconds: number, socket: TLSSocket): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => socket.destroy(this.#lateness), milliseconds)
  }

  /** That it waits for its turn is not the target's fault. */
  get #lateness(): Error {
    const { loop } = this.#options
    return loop !== undefined && this.#handshake?.isInLine ? loop.refusal() : new TransportError('TIMEOUT')
  }

  #record(
    error: Error,
    facts: Omit<
      ConnectionFacts,
      'phase' | 'hadClientCertificate' | 'isTls12' | 'acceptedSignatures' | 'keyNeedsTls12' | 'trustsGivenCas'
    >,
  ): void {
    const { hasClientCertificate, trust } = this.#options
    const known = {
      phase: this.#phase,
      hadClientCertificate: hasClientCertificate,
      isTls12: this.#isTls12,
      acceptedSignatures: this.#acceptedSignatures,
      keyNeedsTls12: contextFactsOf(this.#secureContext).signatures?.tls13.length === 0,
      trustsGivenCas: trust?.caCertificates !== undefined,
    }
    recordConnectionFacts(error, { ...known, ...facts })
  }
}
