import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../request-context.ts'
import type { RequestSpan } from '../request-span.ts'

/** Names are those of OpenTelemetry's semantic conventions for HTTP, and `mtls.*` beside them. */
export function endRequestSpan(
  span: RequestSpan,
  { method }: IncomingMessage,
  response: ServerResponse,
  { route, requestId, accountId, code }: RequestContext,
): void {
  const { statusCode, writableFinished } = response
  span.end(statusCode, {
    'http.request.method': method,
    'http.route': route,
    'error.type': code ?? (writableFinished ? undefined : 'CALL_ABORTED'),
    'mtls.request_id': requestId,
    'mtls.account': accountId,
  })
}
