import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { type AccountId, CodedError, parseAccountId } from '@mtls-gateway/domain'
import {
  checkHead,
  type Log,
  logFailure,
  problemOf,
  readBodyBytes,
  requestContextOf,
  type ServiceMetrics,
} from '@mtls-gateway/service-kit'
import { readSharedKey } from '../configuration/shared-secret.ts'
import { maxProbeWaitMs } from '../prober/probe-limits.ts'
import { decodeProbe, decodeSign, maxProbeBytes, maxSignBytes } from '../prober/probe-wire.ts'
import type { Prober } from '../prober/prober.ts'
import { pskIdentity, pskTls } from '../prober/psk-tls.ts'

export interface ProberServerOptions {
  readonly prober: Prober
  readonly secretFile: string
  readonly log: Log
  readonly metrics: ServiceMetrics
}

const maxConnections = 256
const handshakeMs = 10_000
/** Once it has its place, config-api still reads the chain and writes the audit. */
const pace = { graceMs: 30_000, bytesPerSecond: 16 * 1024 }
const path = /^\/(probes|signatures)\/([\w-]+)$/

/**
 * Tells config-api what a certificate achieved at some urls, or signs by the CA of an account, and nothing else. A
 * handshake takes the secret.
 */
export class ProberServer {
  readonly server: Server
  readonly #options: ProberServerOptions

  constructor(options: ProberServerOptions) {
    this.#options = options
    this.server = createServer({
      ...pskTls,
      handshakeTimeout: handshakeMs,
      headersTimeout: handshakeMs,
      // From the first byte to the end of the body, which may only come once there is a place.
      requestTimeout: maxProbeWaitMs + 2 * pace.graceMs,
      pskCallback: (_socket, identity) => (identity === pskIdentity ? this.#key() : null),
    })
    this.server.maxConnections = maxConnections
    this.server.on('checkContinue', (request, response) => void this.#answer(request, response))
    const refuse = (request: IncomingMessage, response: ServerResponse) => {
      this.#tell(request, response, new CodedError('NOT_FOUND', 'There are only probes here, which wait for a place.'))
    }
    // Another expectation would get a bare answer of Node's.
    this.server.on('request', refuse).on('checkExpectation', refuse)
    this.server.on('tlsClientError', (err) => options.log.debug({ event: 'handshake-failed', err }))
  }

  /** Takes no new requests; open ones have this long to finish. */
  async drain(graceMs: number): Promise<void> {
    if (!this.server.listening) return
    const closed = once(this.server, 'close')
    this.server.close()
    const limit = setTimeout(() => this.server.closeAllConnections(), graceMs)
    await closed
    clearTimeout(limit)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const context = requestContextOf(request)
    try {
      checkHead(request)
      const { kind, accountId } = requestedOf(request)
      context.route = `/${kind}/{accountId}`
      const body =
        kind === 'probes' ? this.#probe(accountId, request, response) : this.#sign(accountId, request, response)
      this.#end(request, response, 200, { 'content-type': 'application/json' }, await body)
    } catch (error) {
      // If the connection is gone, nobody is waiting any more.
      if (!response.destroyed) this.#tell(request, response, error)
    }
  }

  async #probe(accountId: AccountId, request: IncomingMessage, response: ServerResponse): Promise<object> {
    const { prober, log } = this.#options
    const targets = await prober.run(accountId, async () => {
      response.writeContinue()
      const probe = decodeProbe(await readBodyBytes(request, { maxBytes: maxProbeBytes, pace }))
      // In addition to the account's audit, which config-api writes.
      log.info({ event: 'key-used', accountId, keyId: probe.keyId, urls: probe.urls.length })
      return probe
    })
    const ok = targets.filter((target) => target.ok).length
    log.info({ event: 'probed', accountId, urls: targets.length, ok })
    return { trials: targets }
  }

  /** What is to be signed is small: it is read before there is a place for it. */
  async #sign(accountId: AccountId, request: IncomingMessage, response: ServerResponse): Promise<object> {
    const { prober, log } = this.#options
    response.writeContinue()
    const order = decodeSign(await readBodyBytes(request, { maxBytes: 3 * maxSignBytes, pace }))
    log.info({ event: 'ca-key-used', accountId, keyId: order.keyId })
    return { certificate: await prober.sign(accountId, order) }
  }

  #tell(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const context = requestContextOf(request)
    const problem = problemOf(error, context.requestId)
    context.code = problem.body.code
    logFailure(this.#options.log, error, problem)
    this.#end(request, response, problem.status, problem.headers, problem.body)
  }

  #end(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    headers: Readonly<Record<string, string | string[]>>,
    body: unknown,
  ): void {
    response.writeHead(status, { ...headers, connection: 'close' }).end(JSON.stringify(body))
    this.#options.metrics.countRequest(request, response, requestContextOf(request))
  }

  /** Null ends the handshake. */
  #key(): Buffer | null {
    try {
      return readSharedKey(this.#options.secretFile)
    } catch (err) {
      this.#options.log.error({ event: 'secret-unreadable', err })
      return null
    }
  }
}

/** @throws CodedError `NOT_FOUND` */
function requestedOf({ method, url = '' }: IncomingMessage) {
  const [, kind, account] = path.exec(url) ?? []
  if (method !== 'POST' || account === undefined) throw new CodedError('NOT_FOUND', 'There are only probes here.')
  return { kind: kind === 'signatures' ? kind : ('probes' as const), accountId: parseAccountId(account) }
}
