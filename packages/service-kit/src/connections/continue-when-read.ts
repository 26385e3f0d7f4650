import type { IncomingMessage, ServerResponse } from 'node:http'
import { whenInFront } from './front-of-connection.ts'
import type { OpenRequests } from './open-requests.ts'

/**
 * Answers `Expect: 100-continue` when the body is read, which is after the caller has been authenticated: a caller that
 * is refused need not send it. Without a 100 a caller may or may not send the body, so nobody knows where the next
 * request starts. The connection then ends with the answer (RFC 9110 section 10.1.1).
 */
export function continueWhenRead(open: OpenRequests, request: IncomingMessage, response: ServerResponse): void {
  const { shouldKeepAlive } = response
  const read = request._read
  response.shouldKeepAlive = false
  request._read = (size) => {
    request._read = read
    continueInFront(response, () => {
      if (shouldKeepAlive) open.keep(request.socket, response)
    })
    read.call(request, size)
  }
}

/** Writes the 100 as soon as the connection is free for it, unless the answer comes first. */
export function continueInFront(response: ServerResponse, before = () => {}): void {
  whenInFront(response, () => {
    if (response.headersSent || response.destroyed) return
    before()
    response.writeContinue()
  })
}
