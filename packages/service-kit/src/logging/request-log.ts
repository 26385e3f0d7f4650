import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../request-context.ts'
import type { Log } from './log.ts'

const maxPathLength = 512

/** The one log line of a request, written when it has ended. The query is left out: it may hold credentials. */
export function logRequest(
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): void {
  const level = context.route.startsWith('/health/') ? 'debug' : 'info'
  if (!log.isLevelEnabled(level)) return
  const facts = context.facts?.toLog()
  if (context.facts !== undefined && facts === undefined) return
  log[level]({
    event: 'request',
    method: request.method,
    path: pathOf(request),
    status: response.statusCode,
    ms: Math.round((context.endedAt - context.startedAt) * 10) / 10,
    requestId: context.requestId,
    ...(context.span !== undefined && { traceId: context.span.traceId }),
    ...(context.accountId !== undefined && { accountId: context.accountId }),
    ...(context.code !== undefined && { code: context.code }),
    ...facts,
    ...(!response.writableFinished && { aborted: true }),
  })
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return (query === -1 ? url : url.slice(0, query)).slice(0, maxPathLength)
}
