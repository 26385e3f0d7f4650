import { EventEmitter } from 'node:events'
import { isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect, type SecureContext, type TLSSocket, type ConnectionOptions as TlsOptions } from 'node:tls'
import type { Closable, Permit } from '@mtls-gateway/bulkhead'
import { type Job, type MaybePromise, WorkTime } from '@mtls-gateway/event-loop'
import { addressRefusal, type TargetGuard } from '../addresses/target-guard.ts'
import { type ConnectionFacts, recordConnectionFacts, type TransportPhase } from '../failures/connection-facts.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { ConnectionIdentity } from '../identities/connection-identity.ts'
import { targetIdentityCheck } from '../identities/target-trust.ts'
import type { TlsContext } from '../identities/tls-contexts.ts'
import { ConnectionHandshake } from './connection-handshake.ts'
import type { ConnectionPlace } from './connection-places.ts'
import { type AccountLoop, handshakeLimits } from './event-loop-shares.ts'
import type { FlightRules } from './flight/flight-rules.ts'
import { type ConnectionWatch, OpeningTimes } from './opening-times.ts'
import { type EgressProxy, goesThrough, openProxy, TunnelRequest } from './proxy-tunnel.ts'
import { TargetInput } from './target-socket.ts'

export interface ConnectionOptions {
  readonly guard: TargetGuard
  readonly lookup: LookupFunction
  readonly context: TlsContext
  readonly identity: ConnectionIdentity
  /** For finding the address and TCP together. */
  readonly connectTimeoutMs: number
  readonly handshakeTimeoutMs: number
  /** Told of each handshake. */
  readonly onHandshake?: ((seen: SeenHandshake) => void) | undefined
  /** Where accounts share the event loop, whose turn it is; undefined: nobody waits for it. */
  readonly loop?: AccountLoop | undefined
  /** A place among the connections of all accounts, where they share these. */
  readonly takePlace?: ((until: Closable) => MaybePromise<ConnectionPlace>) | undefined
  readonly watch?: ConnectionWatch | undefined
  readonly egress?: Egress | undefined
}

/** What a handshake has shown when it is over, or has failed. */
export interface SeenHandshake {
  /** Undefined where it has failed. */
  readonly socket: TLSSocket | undefined
  /** The target's, in DER; undefined where it was neither accepted nor refused. */
  readonly certificate: Buffer | undefined
  /** `TLSv1.2`, `TLSv1.3`; null if the two sides did not get as far. */
  readonly protocol: string | null
  /** OpenSSL's name; null if the two sides did not get as far. */
  readonly cipher: string | null
  /** What the target has said in it, which is forgotten afterwards. */
  readonly messages: FlightRules
  /** The target takes no signature of the client's key, so OpenSSL sent no certificate. */
  readonly isWithheld: boolean
}

/** The way out of an account where it may be a proxy. */
export interface Egress {
  /** Undefined: there is none now. */
  proxy(): EgressProxy | undefined
  /** For the names of proxies. */
  readonly lookup: LookupFunction
}

/** @param times undefined if it was refused before it began */
type Opened = (error: Error | null, socket: TLSSocket | null, times?: OpeningTimes) => void

/** Opens a connection. The callback is not called before it returns. */
export type Connect = (hostname: string, port: number, done: Opened) => ConnectionOnItsWay

export type ConnectionOnItsWay = Pick<ConnectionAttempt, 'cancel' | 'withdraw'>

/** Opens the connections of one identity. */
export function createConnector(options: ConnectionOptions): Connect {
  return (hostname, port, done) => {
    const attempt = new ConnectionAttempt(options, hostname, port, done)
    void attempt.start()
    return attempt
  }
}

/** What making a TLS context takes, as long as it trusts few CAs, and what opening a socket does. */
const [contextMs, openingMs] = [1, 0.2]
/** How long one waits for that at most: as long as for a handshake. */
const longestTurnMs = handshakeLimits.waiting.limitMs

/** One connection on its way up: its place among those of its account, TLS context, address, TCP, TLS. */
export class ConnectionAttempt implements Job {
  readonly #options: ConnectionOptions
  readonly #hostname: string
  readonly #port: number
  #done: Opened | undefined
  #phase: TransportPhase = 'resolve'
  #timer: NodeJS.Timeout | undefined
  /** To the target; to the proxy, until there is a tunnel. */
  #socket: Socket | undefined
  #isTls12 = false
  #negotiated: Pick<SeenHandshake, 'protocol' | 'cipher'> = { protocol: null, cipher: null }
  /** See `ConnectionFacts`. */
  #acceptedSignatures: readonly number[] | undefined
  /** It has its place. */
  #hasBegun = false
  /** It has its place, and waits for its account's turn. */
  #isInLine = false
  #times = new OpeningTimes()
  /** From before it is opened until it has closed. */
  #place: ConnectionPlace | undefined
  /** While the handshake goes on. */
  #permit: Permit | undefined
  #handshake: ConnectionHandshake | undefined
  /** Through a proxy: from when the target's address is known until there is a tunnel to it. */
  #tunnelRequest: TunnelRequest | undefined
  /** Closes with the attempt: at once, as its TLS context may be gone in the next moment. */
  readonly #over = new EventEmitter<{ close: [] }>()

  constructor(options: ConnectionOptions, hostname: string, port: number, done: Opened) {
    this.#options = options
    this.#hostname = hostname
    this.#port = port
    this.#done = done
  }

  async start(): Promise<void> {
    const { takePlace, guard, context, loop } = this.#options
    let place: ConnectionPlace | undefined
    try {
      place = await takePlace?.(this.#over)
    } catch (error) {
      // Only errors are thrown here. Whoever asked is told when it knows of this attempt.
      process.nextTick(() => this.#finish(error as Error, null))
      return
    }
    // It may have been on its way when this ended.
    if (this.#done === undefined) {
      place?.release()
      return
    }
    this.#place = place
    this.#hasBegun = true
    this.#times = new OpeningTimes()
    const refusal = guard.refusal(this.#hostname, this.#port)
    if (refusal !== undefined) this.#fail(refusal)
    else if (loop === undefined) this.onTurn()
    else {
      this.#isInLine = true
      this.#timer = setTimeout(() => this.#finish(loop.refusal(), null), longestTurnMs)
      if (context.made === undefined) loop.lineUp(this)
      else loop.open(this)
    }
  }

  get expectedMs(): number {
    return this.#options.context.made === undefined ? contextMs : openingMs
  }

  /** For its TLS context, if it has none yet, which the account pays for; and for its socket. */
  onTurn(): void {
    this.#isInLine = false
    this.#times = new OpeningTimes()
    const { context, loop } = this.#options
    const work = new WorkTime()
    let secureContext: SecureContext
    try {
      secureContext = context.get().secureContext
    } catch (error) {
      // Only errors are thrown here.
      this.#finish(error as Error, null)
      return
    } finally {
      // No target has asked for it: its account rests, and that is all.
      const { ms } = work
      loop?.spend(ms, ms)
    }
    this.#connect(secureContext)
  }

  #connect(secureContext: SecureContext): void {
    const { identity, connectTimeoutMs, egress } = this.#options
    const { trust } = identity
    const name = trust?.serverName ?? this.#hostname.replace(/\.$/, '')
    const tlsOptions: TlsOptions = {
      secureContext,
      servername: isIP(name) === 0 ? name : '', // RFC 6066 section 3: no addresses in SNI
      checkServerIdentity: targetIdentityCheck(name, trust),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true, // said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off
    }
    this.#allow(connectTimeoutMs)
    const proxy = egress?.proxy()
    if (egress && proxy && goesThrough(proxy, this.#hostname)) this.#connectThrough(proxy, egress.lookup, tlsOptions)
    else this.#connectDirectly(tlsOptions)
    if (isIP(this.#hostname) !== 0) this.#hasAddress()
  }

  #tcpOptions(host: string, port: number, lookup: LookupFunction): TcpNetConnectOpts {
    return {
      host,
      port,
      lookup,
      autoSelectFamily: true,
      // Node gives up on an address after this, even a slow one that is alone in its family: its 250 ms are too short.
      autoSelectFamilyAttemptTimeout: Math.ceil(this.#options.connectTimeoutMs / 4),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    }
  }

  #connectDirectly(tlsOptions: TlsOptions): void {
    const input = new TargetInput()
    const tcpOptions = this.#tcpOptions(this.#hostname, this.#port, this.#lookup)
    // Its type leaves out what it hands on to net.connect.
    const options: TlsOptions & TcpNetConnectOpts = { ...tlsOptions, ...tcpOptions, onread: input.onread }
    const tls = this.#watch(connect(options), input)
    // Node begins to read it in this very tick: what the target says stays where it is.
    tls.once('connect', () => process.nextTick(() => void this.#awaitTurn(tls, input)))
  }

  /** Asks for the first of the addresses that the guard lets pass. */
  #connectThrough(proxy: EgressProxy, lookup: LookupFunction, tlsOptions: TlsOptions): void {
    const askFor = (address: string) => {
      const request = new TunnelRequest(proxy, address, this.#port)
      this.#tunnelRequest = request
      const toProxy = openProxy(proxy, this.#tcpOptions(proxy.host, proxy.port, lookup), (opened) =>
        request.send(opened, (tunnel) => {
          this.#tunnelRequest = undefined
          opened.off('error', this.#fail)
          const input = new TargetInput(tunnel)
          const tls = this.#watch(connect({ ...tlsOptions, socket: tunnel }), input)
          void this.#awaitTurn(tls, input)
        }),
      )
      this.#socket = toProxy.once('error', this.#fail)
    }
    if (isIP(this.#hostname) !== 0) askFor(this.#hostname)
    else
      this.#lookup(this.#hostname, { all: true }, (error, found) => {
        const [first] = Array.isArray(found) ? found : []
        if (first === undefined) this.#fail(error ?? addressRefusal())
        else if (this.#done !== undefined) askFor(first.address)
      })
  }

  #watch(tls: TLSSocket, input: TargetInput): TLSSocket {
    input.bind(tls)
    this.#socket = tls
    tls.on('error', (error) => (this.#handshake === undefined ? this.#fail(error) : this.#onTlsError(tls, error)))
    if (this.#options.onHandshake !== undefined) tls.once('keylog', () => this.#noteCipher(tls))
    tls.once('secureConnect', () => this.#succeed(tls))
    return tls
  }

  /** Ends it while it is on its way; it fails with the error. */
  cancel(error: Error): void {
    this.#finish(error, null)
    this.#socket?.destroy()
  }

  /** Ends it if it still waits for a place, or for its turn, and nobody is told. @returns whether it did */
  withdraw(): boolean {
    if (this.#hasBegun && !this.#isInLine) return false
    this.#done = undefined
    this.#finish(null, null)
    return true
  }

  /** Whatever looks names up, Node is handed few addresses, and none that the guard refuses. */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    const { guard, lookup } = this.#options
    lookup(hostname, options, (error, found) => {
      // As Node is told to try both families, it asks for a list.
      const addresses =
        error === null && Array.isArray(found) ? guard.reachable(found.map(({ address }) => address)) : []
      const refusal = addresses.length === 0 ? (error ?? addressRefusal()) : null
      if (refusal === null || refusal.code === 'TARGET_ADDRESS_REFUSED') this.#hasAddress()
      callback(refusal, addresses)
    })
  }

  #hasAddress(): void {
    this.#phase = 'connect'
    this.#times.lookedUpAt = performance.now()
  }

  /** Meanwhile no time runs: it is not the target's. */
  async #awaitTurn(tls: TLSSocket, input: TargetInput): Promise<void> {
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
    input.pause('place')
    let permit: Permit
    try {
      permit = await loop.handshake(this.#over)
    } catch (error) {
      // Only errors are thrown here.
      this.#finish(error as Error, null)
      tls.destroy()
      return
    }
    // It may have been on its way when this ended.
    if (this.#done === undefined) permit.release()
    else {
      this.#permit = permit
      tls.off('close', this.#onClose)
      this.#startHandshake(tls)
      input.resume('place')
    }
  }

  readonly #onClose = (): void => this.#fail(new TransportError('SOCKET_CLOSED'))

  #startHandshake(tls: TLSSocket): void {
    const { context, handshakeTimeoutMs, loop } = this.#options
    this.#times.handshakeAt = performance.now()
    this.#handshake = new ConnectionHandshake(tls, context.made?.trustConstraints, loop)
    this.#allow(handshakeTimeoutMs)
  }

  /**
   * TLS 1.3 lets a target object to the client certificate when the handshake is over for us. Node emits that alert and
   * then the end of the stream: destroying at once keeps the alert as the reason.
   */
  #onTlsError(tls: TLSSocket, error: Error): void {
    const handshakeOver = this.#phase === 'exchange'
    const targetCertificateRefused = !handshakeOver && Boolean(tls.authorizationError)
    const targetChain = this.#handshake?.messages.chain ?? []
    // The socket no longer has it.
    if (!handshakeOver) this.#report(targetCertificateRefused ? targetChain[0] : undefined)
    this.#record(error, {
      targetCertificateSeen: handshakeOver || targetChain.length > 0,
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
    // Not getPeerX509Certificate: where a target asks for another handshake (TLS 1.2), Node checks the certificate once
    // more, and would be left without it.
    this.#report(this.#options.onHandshake && tls.getPeerCertificate().raw, tls)
    this.#finish(null, tls)
  }

  readonly #fail = (reported: Error): void => {
    const error = this.#tunnelRequest?.explain(reported) ?? reported
    this.#record(error, {})
    this.#finish(error, null)
  }

  /** The first outcome counts; of errors after it only `#onTlsError` takes notice. */
  #finish(error: Error | null, tls: TLSSocket | null): void {
    clearTimeout(this.#timer)
    const { loop } = this.#options
    loop?.leave(this)
    this.#permit?.release()
    this.#permit = undefined
    const [done, place, times] = [this.#done, this.#place, this.#times]
    this.#done = undefined
    this.#place = undefined
    times.endedAt ??= performance.now()
    if (done !== undefined && tls === null && this.#socket !== undefined) loop?.countFailed()
    if (done !== undefined && this.#hasBegun) this.#options.watch?.ended(tls !== null, times)
    this.#over.emit('close')
    if (tls === null) place?.release()
    else place?.holdFor(tls, this.#handshake?.bytes ?? 0)
    done?.(error, tls, this.#hasBegun ? times : undefined)
    this.#handshake?.end()
  }

  /** With the first keys, as long as there is a socket to ask: one that refuses the target's certificate is gone. */
  #noteCipher(tls: TLSSocket): void {
    this.#negotiated = { protocol: tls.getProtocol(), cipher: tls.getCipher().name }
  }

  /**
   * Before the handshake ends, with which it is forgotten what the target said.
   * @param certificate in DER: the target's, where it was accepted or refused
   */
  #report(certificate: Buffer | undefined, socket?: TLSSocket): void {
    const { context, onHandshake } = this.#options
    const messages = this.#handshake?.messages
    const own = context.made?.signatures
    this.#acceptedSignatures = own && this.#handshake?.signaturesInsteadOf(own)
    const isWithheld = this.#acceptedSignatures !== undefined
    if (messages) onHandshake?.({ ...this.#negotiated, messages, certificate, socket, isWithheld })
  }

  #allow(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      // That it waits for its turn is not the target's fault.
      const refusal = this.#handshake?.isInLine ? this.#options.loop?.refusal() : undefined
      const error = refusal ?? new TransportError('TIMEOUT')
      if (this.#socket === undefined) this.#fail(error)
      else this.#socket.destroy(error)
    }, milliseconds)
  }

  #record(error: Error, facts: ConnectionFacts): void {
    const { context, identity } = this.#options
    recordConnectionFacts(error, {
      phase: this.#phase,
      hadClientCertificate: identity.credentials !== undefined,
      isTls12: this.#isTls12,
      acceptedSignatures: this.#acceptedSignatures,
      keyNeedsTls12: context.made?.signatures?.tls13.length === 0,
      tls: identity.tls,
      trustsGivenCas: identity.trust?.caCertificates !== undefined,
      ...facts,
    })
  }
}
