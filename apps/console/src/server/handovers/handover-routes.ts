import type { IncomingMessage } from 'node:http'
import { limits } from '@mtls-gateway/contract'
import { readJsonBody } from '@mtls-gateway/service-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { callerHeaders } from '../gateway/forwarded-headers.ts'
import type { GatewayService } from '../gateway/gateway-service.ts'
import { bodyOf } from '../gateway/problem-of-answer.ts'
import type { ServiceProxy } from '../gateway/service-proxy.ts'
import { requireOwnPage } from '../http/own-page.ts'

/** Two chains of ten certificates. */
const mostBytes = 1_048_576
const answerSchema = z.looseObject({})

/**
 * For the page that a handover's link opens. It has no session, and needs none: config-api shows the certificate to
 * whoever has the code, and says itself what is wrong with a request.
 */
export function handoverRoutes(app: FastifyInstance, configApi: GatewayService, proxy: ServiceProxy): void {
  const send = async (step: 'open' | 'answer', request: FastifyRequest) => {
    requireOwnPage(request.raw)
    const body = JSON.stringify(await jsonOf(request.raw))
    const headers = {
      ...callerHeaders(proxy.callerOf(request)),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const upstream = { method: 'POST', path: `/mtls/handovers/${step}`, headers }
    const answer = await configApi.send(upstream, (sent) => void sent.end(body))
    return bodyOf(answer, answerSchema, mostBytes)
  }
  app.post('/console/handovers/open', (request) => send('open', request))
  app.post('/console/handovers/answer', (request) => send('answer', request))
}

/** @throws CodedError `MALFORMED_JSON`, `BODY_TOO_LARGE` */
function jsonOf(request: IncomingMessage): Promise<unknown> {
  return readJsonBody(request, limits.handoverAnswer, undefined)
}
