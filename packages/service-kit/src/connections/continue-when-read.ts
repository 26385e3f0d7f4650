import type { IncomingMessage, ServerResponse } from 'node:http'
import { whenInFront } from './front-of-connection.ts'

/**
 * Answers `Expect: 100-continue` when somebody begins to read the body, which is after the caller has been
 * authenticated: whoever is refused keeps the body. Without that 100 a caller may send the body all the same or not, so
 * that where the next request begins is not known: the connection then ends with the answer (RFC 9110 section 10.1.1).
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const { shouldKeepAlive } = response
  const read = request._read
  response.shouldKeepAlive = false
  request._read = (size) => {
    request._read = read
    continueInFront(response, () => {
      response.shouldKeepAlive = shouldKeepAlive
    })
    read.call(request, size)
  }
}

/** Writes the 100 as soon as it may be written, unless the answer comes first. */
export function continueInFront(response: ServerResponse, before = () => {}): void {
  whenInFront(response, () => {
    if (response.headersSent || response.destroyed) return
    before()
    response.writeContinue()
  })
}
