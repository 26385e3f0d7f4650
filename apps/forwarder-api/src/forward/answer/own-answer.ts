import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { ErrorCode } from '@mtls-gateway/domain'
import { endConnection, type Problem } from '@mtls-gateway/service-kit'

/** After these it is uncertain where the next request on the connection starts. */
const ambiguous: ReadonlySet<ErrorCode> = new Set(['MALFORMED_REQUEST', 'DUPLICATE_HEADER'])

/**
 * Answers with a problem document. Sets length and reason explicitly, because node:http remembers those of a target's
 * answer whose head could not be written.
 */
export function answerProblem(
  response: ServerResponse,
  { status, headers, body }: Problem,
  ownHeaders: Readonly<Record<string, string>>,
  moreHeaders: Readonly<Record<string, string>>,
): void {
  const text = JSON.stringify(body)
  if (ambiguous.has(body.code)) endConnection(response)
  response.writeHead(status, STATUS_CODES[status] ?? '', {
    ...headers,
    ...ownHeaders,
    ...moreHeaders,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
