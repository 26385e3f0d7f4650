import { readFileSync } from 'node:fs'
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  request,
} from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { proxySecretHeader } from '@mtls-gateway/service-kit'
import { mostProxied } from './proxied-limits.ts'

export type ServiceName = 'config-api' | 'forwarder-api'

export interface GatewayServiceOptions {
  /** config-api unless given. */
  readonly name?: ServiceName
  readonly url: string
  readonly caFile: string | undefined
  /** By which the service trusts what the console says of callers; undefined: by its address, if at all. */
  readonly proxySecret?: string | undefined
}

export interface UpstreamRequest {
  readonly method: string
  /** As it is sent: path and query. */
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  /** Made for somebody who is signed in. What the console asks itself has other connections: anybody can cause it. */
  readonly isOfPage?: boolean
}

/** A trial of a certificate at slow targets takes a minute. */
const answerMs = 120_000
const connectMs = 5_000
/** For whoever wants in. */
const mostOwn = 64

/** Connections to one of the gateway's services, and to nothing else. */
export class GatewayService {
  readonly #name: ServiceName
  readonly #url: URL
  readonly #agents: { readonly pages: Agent; readonly own: Agent }
  readonly #begin: typeof request
  readonly #secret: OutgoingHttpHeaders

  constructor({ name = 'config-api', url, caFile, proxySecret }: GatewayServiceOptions) {
    this.#name = name
    this.#url = new URL(url)
    const isTls = this.#url.protocol === 'https:'
    const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) }
    const agent = (maxSockets: number) =>
      isTls ? new TlsAgent({ keepAlive: true, maxSockets, ...ca }) : new Agent({ keepAlive: true, maxSockets })
    this.#agents = { pages: agent(mostProxied), own: agent(mostOwn) }
    this.#begin = isTls ? tlsRequest : request
    this.#secret = proxySecret === undefined ? {} : { [proxySecretHeader]: proxySecret }
  }

  /**
   * Sends a request, with the body that `write` writes and ends, or without one.
   * @returns the head of the answer, whose body has to be read or destroyed
   * @throws CodedError `CONFIG_API_UNAVAILABLE`, `FORWARDER_API_UNAVAILABLE`, or the one that `write` has destroyed the
   *   request with
   */
  send(
    upstream: UpstreamRequest,
    write?: (body: ClientRequest) => void,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const call = this.#begin(this.#optionsOf(upstream, write !== undefined, signal), resolve)
    call.on('error', (cause) => {
      // A kept connection that the service was just closing: whatever is only read can be asked for again.
      const isRepeatable = write === undefined && upstream.method === 'GET' && signal?.aborted !== true
      if (call.reusedSocket && isRepeatable) resolve(this.send(upstream, write, signal))
      else if (signal?.aborted) reject(hasLeft(cause))
      else reject(isCodedError(cause) ? cause : unavailable(cause, this.#name))
    })
    call.once('socket', () => limitWait(call, this.#name))
    if (write) write(call)
    else call.end()
    return promise
  }

  #optionsOf(
    { method, path, headers, isOfPage = false }: UpstreamRequest,
    hasBody: boolean,
    signal: AbortSignal | undefined,
  ): RequestOptions {
    const { hostname, port, protocol, host } = this.#url
    // Node writes the body of a GET or DELETE that says nothing of its length as it is: as another request, that is.
    const isUnmeasured = hasBody && headers['content-length'] === undefined
    return {
      agent: isOfPage ? this.#agents.pages : this.#agents.own,
      protocol,
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      method,
      path,
      headers: { ...headers, ...this.#secret, host, ...(isUnmeasured && { 'transfer-encoding': 'chunked' }) },
      ...(signal !== undefined && { signal }),
    }
  }

  /** Whether it answers in time, for health: that takes it no work. */
  async check(limitMs = connectMs): Promise<void> {
    const signal = AbortSignal.timeout(limitMs)
    const health = { method: 'GET', path: '/health/live', headers: {} }
    const answer = await this.send(health, undefined, signal).catch((error: unknown) => {
      throw signal.aborted ? unavailable(new Error(`no answer within ${limitMs} ms`), this.#name) : error
    })
    answer.resume()
    if (answer.statusCode !== 200) throw unavailable(new Error(`it answers ${answer.statusCode}`), this.#name)
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }
}

/** A connection that can't be made must fail sooner than a trial of a certificate that takes its time. */
function limitWait(call: ClientRequest, name: ServiceName): void {
  const late = (what: string) => () => call.destroy(new Error(`${name} did not ${what} in time`))
  const { socket } = call
  let timer = setTimeout(late('connect'), connectMs)
  const connected = () => {
    clearTimeout(timer)
    timer = setTimeout(late('answer'), answerMs)
  }
  if (socket?.connecting) socket.once('connect', connected)
  else connected()
  call.once('response', () => clearTimeout(timer))
  call.once('close', () => clearTimeout(timer))
}

export function unavailable(cause: unknown, name: ServiceName = 'config-api'): CodedError {
  const options = { cause, retryAfterSeconds: 5 }
  return name === 'config-api'
    ? new CodedError(
        'CONFIG_API_UNAVAILABLE',
        'The gateway does not answer the console. Try again in a moment.',
        options,
      )
    : new CodedError('FORWARDER_API_UNAVAILABLE', 'No forwarder answers the console. Try again in a moment.', options)
}

/** Nobody reads this answer: it only keeps the log from telling of an outage. */
function hasLeft(cause: unknown): CodedError {
  return new CodedError('MALFORMED_REQUEST', 'The connection ended before the answer.', { cause })
}
