import type { RequestListener } from 'node:http'
import type { OpenRequests } from '../connections/open-requests.ts'
import { logRequest } from '../logging/request-log.ts'
import { requestContextOf } from '../request-context.ts'
import { endRequestSpan } from '../tracing/end-request-span.ts'
import { EarlyRefusal } from './early-refusal.ts'
import type { HttpServiceOptions } from './http-service.ts'

/** What is done with every request, before and after the framework answers it. */
export function listenerOf(
  { log, metrics, claim, proxies, refused, tracing }: HttpServiceOptions,
  open: OpenRequests,
  ownHeaders: Readonly<Record<string, string>>,
  framework: RequestListener,
): RequestListener {
  const headers = Object.entries(ownHeaders)
  const refusal = refused && new EarlyRefusal({ refused, proxies, headers: ownHeaders })
  return (request, response) => {
    const context = requestContextOf(request)
    const waitMs = refusal?.waitMs(request) ?? 0
    open.enter(request, response, () => {
      context.end()
      if (context.span?.isRecorded) endRequestSpan(context.span, request, response, context)
      metrics.countRequest(request, response, context)
      if (waitMs === 0) logRequest(log, request, response, context)
    })
    if (waitMs > 0) {
      refusal?.answer(response, context, waitMs)
      return
    }
    if (tracing !== undefined) context.span = tracing.begin(request, context)
    if (claim?.(request, response, context)) return
    response.setHeader('x-request-id', context.requestId)
    for (const [name, value] of headers) response.setHeader(name, value)
    framework(request, response)
  }
}
