import { isIP, isIPv6, connect as openTcp, type Socket, type TcpNetConnectOpts } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, createSecureContext, type SecureContext } from 'node:tls'
import { isTransportError, TransportError } from '../failures/transport-error.ts'

/** A proxy that the operator has set up for an account. Its address is not guarded. */
export interface EgressProxy {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** PEM of the CAs that its certificate has to come from, where it is spoken to over TLS; undefined: in clear text. */
  readonly ca?: string | undefined
  /** The value of `Proxy-Authorization`; a secret. */
  readonly authorization?: string | undefined
  /** Hosts that are connected to directly: `host.example`, or `*.example` for all names right below. */
  readonly except: readonly string[]
}

/** Whether connections to this host go through the proxy. */
export function goesThrough({ except }: EgressProxy, hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  return !except.includes(name) && !except.includes(`*${name.slice(name.indexOf('.'))}`)
}

const contexts = new WeakMap<EgressProxy, SecureContext>()

/**
 * Connects to a proxy. It is the operator's choice, so OpenSSL reads what it says in its handshake as it comes.
 * @param onOpen called when it can be asked for a tunnel
 */
export function openProxy(proxy: EgressProxy, options: TcpNetConnectOpts, onOpen: (socket: Socket) => void): Socket {
  const { host, ca } = proxy
  const halfOpen = { ...options, allowHalfOpen: true }
  if (ca === undefined) {
    const tcp = openTcp(halfOpen)
    return tcp.once('connect', () => onOpen(tcp))
  }
  const secureContext = contexts.get(proxy) ?? createSecureContext({ ca })
  contexts.set(proxy, secureContext)
  // Its type leaves out what it hands on to net.connect.
  const tlsOptions: ConnectionOptions & TcpNetConnectOpts = {
    ...halfOpen,
    secureContext,
    servername: isIP(host) === 0 ? host : '', // RFC 6066 section 3: no addresses in SNI
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true, // said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off
  }
  const tls = connect(tlsOptions)
  return tls.once('secureConnect', () => onOpen(tls))
}

/** A longer head is none. */
const maxHeadBytes = 8 * 1024
const headEnd = '\r\n\r\n'
const statusLine = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/
/** Statuses by which proxies say that they did not reach the target. */
const notReached: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * Asks a proxy for a tunnel to an address that the guard has approved, which the proxy has nothing to look up for
 * (RFC 9110 section 9.3.6).
 */
export class TunnelRequest {
  readonly #authority: string
  readonly #authorization: string | undefined
  #isConnected = false

  /** @param address of the target, as the guard has approved it */
  constructor({ authorization }: EgressProxy, address: string, port: number) {
    this.#authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`
    this.#authorization = authorization
  }

  /**
   * Destroys the connection to the proxy with a TransportError where it gives no tunnel.
   * @param tcp to the proxy, perhaps with TLS on it
   * @param done called with the tunnel, and not before this returns
   */
  send(tcp: Socket, done: (tunnel: Tunnel) => void): void {
    this.#isConnected = true
    let head = ''
    const onEnd = () => tcp.destroy(unreachable('it closed the connection'))
    const onData = (bytes: Buffer) => {
      head += bytes.toString('latin1')
      if (!head.includes(headEnd) && head.length <= maxHeadBytes) return
      tcp.off('data', onData).off('end', onEnd).pause()
      const fault = faultOf(head)
      if (fault === undefined) done(new Tunnel(tcp))
      else tcp.destroy(fault)
    }
    tcp.on('data', onData).once('end', onEnd)
    tcp.write(this.#request(), 'latin1')
  }

  /** Until there is a tunnel, whatever fails is the proxy's, but for what is our own. */
  explain(error: Error): Error {
    if (isTransportError(error)) {
      if (error.code === 'TIMEOUT' && this.#isConnected) return new TransportError('EGRESS_PROXY_TIMEOUT')
      if (error.code.startsWith('EGRESS_PROXY_')) return error
    }
    const [first = error] = error instanceof AggregateError ? (error.errors as readonly Error[]) : []
    const code = 'code' in first ? String(first.code) : first.name
    return code === 'EMFILE' || code === 'ENFILE' ? first : unreachable(code, first)
  }

  #request(): string {
    const credentials = this.#authorization ? `Proxy-Authorization: ${this.#authorization}\r\n` : ''
    return `CONNECT ${this.#authority} HTTP/1.1\r\nHost: ${this.#authority}\r\n${credentials}\r\n`
  }
}

function unreachable(detail: string, cause?: Error): TransportError {
  return new TransportError('EGRESS_PROXY_UNREACHABLE', { detail, cause })
}

/** Why an answer to CONNECT opens no tunnel; undefined if it does. */
function faultOf(answer: string): TransportError | undefined {
  const end = answer.indexOf(headEnd)
  const malformed = (detail: string) => new TransportError('EGRESS_PROXY_MALFORMED', { detail })
  if (end < 0 || end > maxHeadBytes) return malformed('its head is longer than 8 KiB')
  const status = Number(statusLine.exec(answer)?.[1])
  if (Number.isNaN(status) || status < 200) return malformed('it is no final answer of HTTP/1.1')
  const detail = `HTTP ${status}`
  if (status === 407) return new TransportError('EGRESS_PROXY_UNAUTHORIZED', { detail })
  if (notReached.has(status)) return new TransportError('EGRESS_PROXY_CANNOT_CONNECT', { detail })
  if (status >= 300) return new TransportError('EGRESS_PROXY_REFUSED', { detail })
  // Targets say nothing before they are spoken to.
  return answer.length > end + headEnd.length ? malformed('something follows it before TLS has begun') : undefined
}

/**
 * A tunnel to a target, on which TLS reads and writes. `tls.connect` knows no `onread` for a socket that it is handed,
 * so what targets send is held here: OpenSSL sees only what is pushed. Up to 64 KiB wait in Node while nobody reads.
 */
export class Tunnel extends Duplex {
  readonly #tcp: Socket

  /** @param tcp paused. It is open until this is destroyed, also if the target has closed its side (`allowHalfOpen`) */
  constructor(tcp: Socket) {
    super({
      read: () => {},
      // Behind an error that nobody has read, writing says no more than that it is destroyed.
      write: (bytes, _, done) => void tcp.write(bytes, (error) => done(error && (tcp.errored ?? error))),
      final: (done) => void tcp.end(done),
      destroy: (error, done) => {
        tcp.destroy()
        done(error)
      },
    })
    this.#tcp = tcp
    // While it is not read, whoever takes what has come finds the end, or the error, behind that.
    tcp
      .on('end', () => {
        if (!tcp.isPaused()) this.push(null)
      })
      .on('error', (error) => {
        if (!tcp.isPaused()) this.destroy(error)
      })
    this.startReading()
  }

  startReading(): void {
    this.#tcp.on('data', this.#onData).resume()
    if (this.#tcp.errored) this.destroy(this.#tcp.errored)
    else if (this.#tcp.readableEnded) this.push(null)
  }

  stopReading(): void {
    this.#tcp.off('data', this.#onData).pause()
  }

  /** @returns what has come while it was not read: nothing if undefined, the end if it is empty */
  takeReceived(): Buffer | undefined {
    if (!this.#tcp.isPaused()) return undefined
    // No encoding is set.
    const bytes = this.#tcp.read() as Buffer | null
    if (bytes !== null) return bytes
    if (this.#tcp.errored) this.destroy(this.#tcp.errored)
    return this.#tcp.readableEnded ? Buffer.alloc(0) : undefined
  }

  readonly #onData = (bytes: Buffer): void => void this.push(bytes)
}
