import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { CallerCertificates } from '../auth/caller-certificates.ts'
import type { Log } from '../logging/log.ts'
import { RequestLog } from '../logging/request-log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { type RequestContext, requestContextOf, statusOf } from '../request-context.ts'
import type { RequestSpan } from '../request-span.ts'
import { clientAddress, rateKey, type TrustedProxies } from '../throttling/client-address.ts'
import { type RefusedAddresses, rateLimited } from '../throttling/rate-limit.ts'
import type { OpenTelemetry } from '../tracing/open-telemetry.ts'
import { answerProblem } from './answers.ts'
import { checkHead, endConnection, endIfAmbiguous } from './request-framing.ts'

export interface ListenerOptions {
  readonly proxies: TrustedProxies
  /** Whose client certificates mean something, if those of anybody do. */
  readonly certificates?: CallerCertificates | undefined
  readonly log: Log
  readonly metrics: ServiceMetrics
  /** The addresses that the service's counter has refused, if it remembers them. */
  readonly refused?: RefusedAddresses | undefined
  /**
   * Sees each request before routing and body parsing, and returns true if it answers it. It must then do everything
   * itself: counting (`admit`), `X-Request-Id`, security headers, errors (`problemOf`), and the context's route,
   * account and code.
   */
  readonly claim?:
    | ((request: IncomingMessage, response: ServerResponse, context: RequestContext) => boolean)
    | undefined
  /** What log lines say of a url, of every request; undefined: its path. */
  readonly loggedUrl?: ((url: string) => string) | undefined
  /** Undefined: nothing is traced. */
  readonly tracing?: OpenTelemetry | undefined
}

/**
 * What is done with every request, before and after the framework answers it. Whoever claims a request checks its head
 * itself; the framework gets none that can be read in two ways.
 */
export function listenerOf(
  { log, metrics, claim, loggedUrl, proxies, certificates, refused, tracing }: ListenerOptions,
  ownHeaders: Readonly<Record<string, string>>,
  framework: RequestListener,
): RequestListener {
  const headers = Object.entries(ownHeaders)
  const requests = new RequestLog(log, loggedUrl)
  const asksCallers = certificates?.cas !== undefined
  return (request, response) => {
    const context = requestContextOf(request)
    context.clientAddress = clientAddress(request, proxies)
    response.on('close', () => {
      context.end()
      if (context.span?.isRecorded) endSpan(context.span, request, response, context)
      metrics.countRequest(request, response, context)
      requests.write(request, response, context)
    })
    const mayBeRefused = refused !== undefined && !request.url?.startsWith('/health/')
    const waitMs = mayBeRefused ? refused.waitMs(rateKey(context.clientAddress)) : 0
    if (waitMs > 0) {
      endIfAmbiguous(response)
      refuse(rateLimited(waitMs), response, context, ownHeaders)
      return
    }
    if (asksCallers && certificates.isOutdated(request.socket)) endConnection(response)
    if (tracing !== undefined) context.span = tracing.begin(request, context)
    if (claim?.(request, response, context)) return
    response.setHeader('x-request-id', context.requestId)
    for (const [name, value] of headers) response.setHeader(name, value)
    const ambiguity = ambiguityOf(request)
    if (ambiguity === undefined) framework(request, response)
    else {
      // Where the next one starts is uncertain.
      endConnection(response)
      refuse(ambiguity, response, context)
      // What comes next from its address may be over the limit; this one is refused in any case.
      void Promise.resolve(refused?.admit(rateKey(context.clientAddress))).catch(() => {})
    }
  }
}

/** Names are those of OpenTelemetry's semantic conventions for HTTP, and `mtls.*` beside them. */
function endSpan(
  span: RequestSpan,
  { method }: IncomingMessage,
  response: ServerResponse,
  { route, requestId, accountId, code }: RequestContext,
): void {
  span.end(statusOf(response), {
    'http.request.method': method,
    'http.route': route,
    'error.type': code ?? (response.writableFinished ? undefined : 'CALL_ABORTED'),
    'mtls.request_id': requestId,
    'mtls.account': accountId,
  })
}

function refuse(
  error: unknown,
  response: ServerResponse,
  context: RequestContext,
  headers?: Readonly<Record<string, string>>,
): void {
  const problem = problemOf(error, context.requestId)
  context.code = problem.body.code
  answerProblem(response, problem, headers)
}

/** Why a request can be read in two ways; undefined: it can't. */
function ambiguityOf(request: IncomingMessage): unknown {
  try {
    checkHead(request)
    return undefined
  } catch (error) {
    return error
  }
}
