import { randomUUID } from 'node:crypto'
import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError } from '@mtls-gateway/domain'
import { problemOf } from '../problems/problem.ts'
import { isAnsweredEarly } from './bounded-reading.ts'
import type { OpenRequests } from './open-requests.ts'

interface ClientErrorContext {
  readonly open: OpenRequests
  readonly limits: { readonly headerBytes: number }
  readonly headers: Readonly<Record<string, string>>
}

/** The code of the error for a CONNECT, which is no request for Node: it gives the whole connection away. */
const tunnelCode = 'TUNNEL_REQUESTED'
/** Nothing can be sent on such a connection, and Node leaves it to us to close it. */
const mute: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'ERR_TLS_HANDSHAKE_TIMEOUT'])
/** A client of HTTP/2 by prior knowledge (RFC 9113 section 3.3) has sent its preface. */
const http2Code = 'HPE_PAUSED_H2_UPGRADE'

/**
 * Answers what Node's parser could not read as a request. No route and no filter ever sees it. Complete requests before
 * it are carried out and get their own answers; the connection then closes without an answer to this.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { open, limits, headers }: ClientErrorContext,
): void {
  // Node reads a connection no more after a CONNECT: nobody would notice that a caller leaves who waits for an answer.
  const isCut = error.code === tunnelCode && open.isAwaited(socket)
  if (isCut || mute.has(error.code)) socket.destroy()
  else if (!open.closeWhenAnswered(socket)) {
    // Our answer would become part of one that has started, or look like the answer to another request.
    if (!socket.writable || open.isAnswering(socket) || isAnsweredEarly(socket)) socket.destroy()
    else socket.end(refusal(malformed(error, limits.headerBytes), headers))
  }
}

/** Has a CONNECT answered like what is no request. Without this Node closes its connection without a word. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_request, socket) => {
    // Node has taken its own listeners away, and reads it no more: nobody would notice that the caller leaves.
    socket.on('error', () => socket.destroy()).on('finish', () => socket.destroy())
    const error = Object.assign(new Error('a request for a tunnel'), { code: tunnelCode })
    if (!server.emit('clientError', error, socket)) socket.destroy()
  })
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

function malformed({ code }: NodeJS.ErrnoException, headerBytes: number): CodedError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new CodedError('LIMIT_EXCEEDED', `Request line and headers are at most ${headerBytes} bytes long.`, {
        details: { field: 'headers', limit: headerBytes },
      })
    case 'HPE_INVALID_VERSION':
    case http2Code:
      return new CodedError('MALFORMED_REQUEST', 'The request must use HTTP/1.1 or HTTP/1.0.')
    case 'HPE_INVALID_METHOD':
      return new CodedError(
        'MALFORMED_REQUEST',
        'HTTP has no such method. Use GET, HEAD, POST, PUT, PATCH or DELETE, in capital letters, and https where this server has TLS.',
      )
    case tunnelCode:
      return new CodedError(
        'MALFORMED_REQUEST',
        'This server opens no tunnels (CONNECT), as nobody can present a certificate inside one. Call http://HOST/PATH instead if it is a proxy for such urls (docs/callers.md), or a path of this server itself; otherwise remove it from the proxy settings of your client.',
      )
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CodedError('MALFORMED_REQUEST', 'The headers of the request did not arrive in time.')
    default:
      return new CodedError('MALFORMED_REQUEST', 'This is not a valid HTTP request.')
  }
}
