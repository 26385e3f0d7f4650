import { type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http'
import { healthOperations, type Liveness, type Readiness } from '@mtls-gateway/contract'
import type { Health } from '../process/health.ts'
import { pathOf, requestContextOf } from '../request-context.ts'

const methods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD'])
const { getLiveness: live, getReadiness: ready } = healthOperations

/**
 * Answers for the health of the service before its framework sees a request: the edge asks with each one whether this
 * instance is ready, and in a framework the question would cost as much as a call.
 */
export function healthBefore(framework: RequestListener, health: Health): RequestListener {
  return (request, response) => {
    const path = methods.has(request.method) ? pathOf(request.url ?? '') : undefined
    if (path === live.path) {
      requestContextOf(request).route = path
      answer(response, 200, { status: 'ok' })
    } else if (path === ready.path) {
      requestContextOf(request).route = path
      void health.report().then((report) => answer(response, isReady(report) ? 200 : 503, report))
    } else framework(request, response)
  }
}

function isReady({ status }: Readiness): boolean {
  return status === 'ok' || status === 'degraded'
}

function answer(response: ServerResponse, status: 200 | 503, body: Liveness | Readiness): void {
  const text = JSON.stringify(body)
  response.writeHead(status, STATUS_CODES[status] ?? '', {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
