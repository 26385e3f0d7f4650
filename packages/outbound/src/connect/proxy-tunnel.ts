import { isIP, isIPv6, type LookupFunction } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { isTransportError, TransportError } from '../failures/transport-error.ts'
import type { TargetInput } from './target-socket.ts'

/** A proxy that the operator has set up for an account. Its address is not guarded. */
export interface EgressProxy {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
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

/** As {@link lookup} finds names; an address is its own. */
export function lookUpProxy(lookup: LookupFunction, { host }: EgressProxy): LookupFunction {
  return (_hostname, options, callback) => {
    const family = isIP(host)
    if (family === 0) lookup(host, options, callback)
    else callback(null, [{ address: host, family }])
  }
}

/** A longer head is none. */
const maxHeadBytes = 8 * 1024
const headEnd = '\r\n\r\n'
const statusLine = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/
/** Statuses by which proxies say that they did not reach the target. */
const notReached: ReadonlySet<number> = new Set([502, 503, 504])

/** A look is delayed by this part of the time that the proxy has taken so far. */
const lookPart = 1 / 8

/** Node's undocumented start of TLS, which it listens for `connect` with. */
function startOf(tls: TLSSocket): () => void {
  return (tls as unknown as { readonly _start: () => void })._start
}

/**
 * A tunnel to an address that the guard has approved, which the proxy has nothing to look up for (RFC 9110
 * section 9.3.6). TLS goes through it on the same socket: `tls.connect({ socket })` knows no `onread`, by which what
 * targets send is paced. So the request is written, and the answer read, before Node begins with TLS.
 */
export class ProxyTunnel {
  readonly #authority: string
  readonly #authorization: string | undefined
  #isConnected = false

  /** @param address of the target, as the guard has approved it */
  constructor({ authorization }: EgressProxy, address: string, port: number) {
    this.#authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`
    this.#authorization = authorization
  }

  /** Node is not to begin with TLS once it is connected. */
  static holdBack(tls: TLSSocket): void {
    tls.off('connect', startOf(tls))
  }

  /**
   * While nobody reads the connection. Destroys it with a TransportError where there is no tunnel.
   * @param done called when there is one, and not before this returns: TLS is to begin
   */
  open(tls: TLSSocket, input: TargetInput, done: () => void): void {
    this.#isConnected = true
    const fault = input.write(this.#request())
    if (fault !== undefined) {
      tls.destroy(fault)
      return
    }
    const began = performance.now()
    let head = ''
    const look = () => {
      if (tls.destroyed) return
      const bytes = input.take()
      if (bytes?.length === 0) tls.destroy(unreachable('it closed the connection'))
      else if (bytes !== undefined) head += bytes.toString('latin1')
      if (tls.destroyed) return
      const isWhole = head.includes(headEnd)
      const failure = isWhole || head.length > maxHeadBytes ? faultOf(head) : undefined
      if (failure !== undefined) tls.destroy(failure)
      else if (isWhole) {
        done()
        startOf(tls).call(tls)
      } else timer = setTimeout(look, (performance.now() - began) * lookPart)
    }
    let timer = setTimeout(look, 0)
    tls.once('close', () => clearTimeout(timer))
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
