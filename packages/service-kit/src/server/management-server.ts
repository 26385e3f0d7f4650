import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { CodedError } from '@mtls-gateway/domain'
import type { CommonConfiguration, CommonSettings } from '../configuration/common-settings.ts'
import { buildInfo } from '../metrics/process-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { answerProblem } from './answers.ts'
import { answerClientError } from './client-error.ts'
import { createServer, defaultLimits as limits } from './create-server.ts'
import { listen } from './listen.ts'
import { OpenRequests } from './open-requests.ts'
import { securityHeaders } from './security-headers.ts'

/** It has no TLS. */
const headers = securityHeaders({ tlsCertFile: undefined })

/**
 * Serves `/metrics` and `/version` to the operator, on a port that the service's callers can't reach. Others on the
 * host or in the cluster may: what is sent on a connection at once is answered one after the other, as on the other
 * port.
 */
export class ManagementServer {
  readonly #server: Server

  constructor(metrics: ServiceMetrics) {
    const open = new OpenRequests()
    const listener: RequestListener = (request, response) => void answer(request, response, metrics)
    this.#server = createServer(undefined, { limits, open }, listener)
    this.#server.on('clientError', (error, socket) => {
      if (socket instanceof Socket) answerClientError(error, socket, { open, limits, headers })
    })
  }

  /** @returns its base url; rejects as `listen` does */
  listen(
    { managementHost: host, managementPort: port }: Pick<CommonConfiguration, 'managementHost' | 'managementPort'>,
    settings: Pick<CommonSettings, 'managementHost' | 'managementPort'>,
  ): Promise<string> {
    return listen(this.#server, { host, port }, { host: settings.managementHost, port: settings.managementPort })
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

async function answer(
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  { registry, service }: ServiceMetrics,
): Promise<void> {
  const send = (type: string, text: string) => response.writeHead(200, { ...headers, 'content-type': type }).end(text)
  try {
    const [path] = url.split('?')
    if (path === '/metrics') send(registry.contentType, await registry.metrics())
    else if (path === '/version') {
      const version = { name: service, ...buildInfo(), node: process.versions.node }
      send('application/json', `${JSON.stringify(version)}\n`)
    } else throw new CodedError('NOT_FOUND', 'There is nothing at this path. Here are /metrics and /version.')
  } catch (error) {
    answerProblem(response, problemOf(error, randomUUID()), headers)
  }
}
