import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { CodedError } from '@mtls-gateway/domain'
import { buildInfo } from '../metrics/process-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { requestContextOf } from '../request-context.ts'
import { answerClientError } from './client-error.ts'
import { createServer, defaultLimits as limits } from './create-server.ts'
import { type ListenAddress, listen } from './listen.ts'
import { OpenRequests } from './open-requests.ts'
import { checkHead } from './request-framing.ts'
import { securityHeaders } from './security-headers.ts'

/** It has no TLS. */
const headers = securityHeaders({ tlsCertFile: undefined })

/** Serves `/metrics` and `/version` to the operator, on a port that the service's callers can't reach. */
export class ManagementServer {
  readonly #metrics: ServiceMetrics
  readonly #server: Server

  constructor(metrics: ServiceMetrics) {
    this.#metrics = metrics
    const open = new OpenRequests()
    const answer: RequestListener = (request, response) => void this.#answer(request, response)
    this.#server = createServer(undefined, { limits, open }, answer)
    this.#server.on('clientError', (error, socket) => {
      if (socket instanceof Socket) answerClientError(error, socket, { open, limits, headers })
    })
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
        const text = await registry.metrics()
        response.writeHead(200, { ...headers, 'content-type': registry.contentType }).end(text)
      } else if (path === '/version') {
        const version = { name: service, ...buildInfo(), node: process.versions.node }
        response.writeHead(200, { ...headers, 'content-type': 'application/json' })
        response.end(`${JSON.stringify(version)}\n`)
      } else throw new CodedError('NOT_FOUND', 'There is nothing at this path. Here are /metrics and /version.')
    } catch (error) {
      const problem = problemOf(error, requestContextOf(request).requestId)
      const { status, body } = problem
      response.writeHead(status, { ...headers, ...problem.headers, connection: 'close' }).end(JSON.stringify(body))
    }
  }
}
