import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { buildInfo } from '../metrics/process-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { requestContextOf } from '../request-context.ts'
import { refuseUnreadable } from './client-error.ts'
import { type ListenAddress, listen } from './listen.ts'
import { checkHead } from './request-framing.ts'
import { securityHeaders } from './security-headers.ts'

/** It has no TLS. */
const ownHeaders = securityHeaders({ tlsCertFile: undefined })

/** Serves `/metrics` and `/version` to the operator, on a port that the service's callers can't reach. */
export class ManagementServer {
  readonly #metrics: ServiceMetrics
  readonly #server: Server

  constructor(metrics: ServiceMetrics) {
    this.#metrics = metrics
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response)
    // Node's own answer to an expectation that it does not know is a bare 417.
    this.#server = createServer({ requireHostHeader: false }, answer).on('checkExpectation', answer)
    refuseUnreadable(this.#server, ownHeaders)
  }

  /** @returns its base url; rejects as `listen` does */
  listen(address: ListenAddress): Promise<string> {
    return listen(this.#server, address)
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkHead(request)
      const [path] = request.url?.split('?') ?? []
      const { registry, service } = this.#metrics
      if (path === '/metrics') {
        response.writeHead(200, { ...ownHeaders, 'content-type': registry.contentType }).end(await registry.metrics())
      } else if (path === '/version') {
        const version = { name: service, ...buildInfo(), node: process.versions.node }
        response.writeHead(200, { ...ownHeaders, 'content-type': 'application/json' })
        response.end(`${JSON.stringify(version)}\n`)
      } else throw new CodedError('NOT_FOUND', 'There is nothing at this path. Here are /metrics and /version.')
    } catch (error) {
      const { status, headers, body } = problemOf(error, requestContextOf(request).requestId)
      response.writeHead(status, { ...ownHeaders, ...headers, connection: 'close' }).end(JSON.stringify(body))
    }
  }
}
