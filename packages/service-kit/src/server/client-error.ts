import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError } from '@mtls-gateway/domain'
import type { OpenRequests } from '../connections/open-requests.ts'
import { problemOf } from '../problems/problem.ts'
import { cutCode } from '../reading/read-in-turns.ts'
import { endWithAnswer, isAnsweredEarly } from './early-end.ts'
import type { ServerLimits } from './server-limits.ts'

export interface ClientErrorContext {
  readonly open: OpenRequests
  readonly limits: ServerLimits
  /** The headers of the answer. */
  readonly headers: Readonly<Record<string, string>>
}

/** Node reports an error for each piece after the first invalid one; `rawPacket` is that piece. */
export type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer }

/** How much of the rest is read and dropped: closing a connection with unread bytes resets it, and loses the answer. */
const maxRestBytes = 65_536

/** Bytes that may still be dropped, by connection. */
const refused = new WeakMap<Socket, number>()

/**
 * Answers what Node's parser could not read as a request. No route and no filter ever sees it. Complete requests before
 * it are carried out and get their own answers; the connection then closes without an answer to this.
 */
export function answerClientError(error: ClientError, socket: Socket, context: ClientErrorContext): void {
  const { open, limits, headers } = context
  const restBytes = refused.get(socket)
  refused.set(socket, (restBytes ?? maxRestBytes) - (error.rawPacket?.length ?? 0))
  if (error.code === 'ECONNRESET') socket.destroy()
  else if (restBytes !== undefined) {
    // Without a piece it is the end of the connection, or a timeout.
    const isOver = error.rawPacket === undefined ? !open.isAwaited(socket) : restBytes < 0
    if (isOver) socket.destroy()
  } else {
    endWithAnswer(socket)
    if (open.closeWhenAnswered(socket)) return
    if (error.code === cutCode) {
      socket.destroySoon()
      return
    }
    // Our answer would become part of one that has started, or look like the answer to another request.
    if (!socket.writable || open.isAnswering(socket)) socket.destroy()
    else if (isAnsweredEarly(socket)) socket.destroySoon()
    else socket.end(refusal(malformed(error, limits), headers))
  }
}

function refusal(error: CodedError, moreHeaders: Readonly<Record<string, string>>): string {
  const problem = problemOf(error, randomUUID())
  const body = JSON.stringify(problem.body)
  const headers = {
    ...moreHeaders,
    ...problem.headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`
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
    case 'HPE_INVALID_VERSION':
      return new CodedError('MALFORMED_REQUEST', 'The request must use HTTP/1.1 or HTTP/1.0.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CodedError('MALFORMED_REQUEST', 'The headers of the request did not arrive in time.')
    default:
      return new CodedError('MALFORMED_REQUEST', 'This is not a valid HTTP request.')
  }
}
