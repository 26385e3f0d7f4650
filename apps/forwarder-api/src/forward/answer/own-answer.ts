import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { ErrorCode } from '@mtls-gateway/domain'
import type { Problem } from '@mtls-gateway/service-kit'

/** In every answer that is the gateway's own, so that its 401 or 429 isn't taken for the target's. */
export const ownAnswerHeaders: Readonly<Record<string, string>> = { 'LP-answered-by': 'gateway' }

/** Where the next request on the connection begins is then a matter of opinion. */
const endsConnection: ReadonlySet<ErrorCode> = new Set(['MALFORMED_REQUEST', 'DUPLICATE_HEADER'])

/**
 * Answers with a problem document. Length and reason are said here, as node:http remembers those of a target's answer
 * whose head could not be written.
 */
export function answerProblem(
  response: ServerResponse,
  { status, headers, body }: Problem,
  ownHeaders: Readonly<Record<string, string>>,
  moreHeaders: Readonly<Record<string, string>>,
): void {
  const text = JSON.stringify(body)
  if (endsConnection.has(body.code)) response.shouldKeepAlive = false
  response.writeHead(status, STATUS_CODES[status] ?? '', {
    ...headers,
    ...ownHeaders,
    ...moreHeaders,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
