import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError } from '@mtls-gateway/domain'
import { problemOf } from '../problems/problem.ts'
import type { ServerLimits } from './create-server.ts'
import type { OpenRequests } from './open-requests.ts'

/** Answers what node's parser could not read as a request, which no route and no filter ever sees. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  context: {
    readonly open: OpenRequests
    readonly limits: ServerLimits
    readonly headers: Readonly<Record<string, string>>
  },
): void {
  // Behind the first bytes of another answer ours would become a part of it.
  if (error.code === 'ECONNRESET' || !socket.writable || context.open.isAnswering(socket)) {
    socket.destroy()
    return
  }
  const problem = problemOf(malformed(error, context.limits), randomUUID())
  const body = JSON.stringify(problem.body)
  const headers = {
    ...context.headers,
    ...problem.headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`)
}

function malformed({ code }: NodeJS.ErrnoException, limits: ServerLimits): CodedError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new CodedError(
        'LIMIT_EXCEEDED',
        `Request line and headers are at most ${limits.headerBytes} bytes long.`,
        {
          details: { field: 'headers', limit: limits.headerBytes },
        },
      )
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CodedError('MALFORMED_REQUEST', 'The headers of the request did not arrive in time.')
    default:
      return new CodedError('MALFORMED_REQUEST', 'This is not a valid HTTP request.')
  }
}
