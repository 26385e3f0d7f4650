import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { hasBody } from '../body/body-bytes.ts'
import { BoundedRequest, readRestOf } from './bounded-reading.ts'
import { refuseTunnels } from './client-error.ts'
import type { OpenRequests } from './open-requests.ts'
import { type ServerTls, tlsRules } from './tls-files.ts'

export interface ServerLimits {
  /** Request line and headers, in bytes. */
  readonly headerBytes: number
  /** For the TLS handshake, and then for the request line and headers to arrive, from the start of the connection. */
  readonly headersTimeoutMs: number
  /**
   * Limit without a byte on a connection: between two requests, before the rest of a body, or while its caller reads
   * nothing of an answer. It is longer than load balancers keep connections (60 s), so that they never meet one that is
   * just being closed.
   */
  readonly idleMs: number
}

export const defaultLimits: ServerLimits = { headerBytes: 16_384, headersTimeoutMs: 20_000, idleMs: 66_000 }

/**
 * An http server that limits slow callers, but not how long a request may take: a stream that flows, or a target that
 * needs time, is not cut off.
 */
export function createServer(
  tls: ServerTls | undefined,
  { limits, open }: { readonly limits: ServerLimits; readonly open: OpenRequests },
  listener: RequestListener,
): Server {
  const options: ServerOptions = {
    IncomingMessage: BoundedRequest,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // It would limit the time from the first byte of a request to the last of its body, however well it flows.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    // Callers are told this time. Node waits for a second longer, as a request sent at the last moment is on its way.
    keepAliveTimeout: Math.max(0, limits.idleMs - 1_000),
    // `checkFraming` refuses a request without one; Node's own answer is bare.
    requireHostHeader: false,
    // If no body is announced, the request is an ended stream from the start, instead of one that ends by events.
    optimizeEmptyRequests: true,
  }
  const answer: RequestListener = (request, response) => {
    // An upgrade request is answered like any other (RFC 9110 section 7.8), but nothing after it is: Node's parser
    // takes what follows in the same piece for the other protocol, drops it, and would resume in the middle of
    // something.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    // Before Node's own listener, which closes the connection or lets the body flow without limits.
    if (hasBody(request)) response.prependOnceListener('finish', () => readRestOf(request))
    listener(request, response)
  }
  const receive: RequestListener = (request, response) =>
    open.receive(request, response, () => answer(request, response))
  const server = tls
    ? createHttpsServer({ ...options, ...tlsRules, ...tls, handshakeTimeout: limits.headersTimeoutMs }, receive)
    : createHttpServer(options, receive)
  server.on('connection', (socket) => open.accept(socket))
  server.on('checkContinue', (request, response) => {
    open.receive(request, response, () => {
      if (hasBody(request)) continueWhenRead(request, response)
      else response.writeContinue()
      answer(request, response)
    })
  })
  // RFC 9110 section 10.1.1 lets a server ignore an expectation that it does not know; Node's own 417 is bare.
  server.on('checkExpectation', receive)
  refuseTunnels(server)
  server.setTimeout(limits.idleMs, (socket) => {
    if (!open.isAwaited(socket) || socket.writableLength > 0) socket.destroy()
  })
  return server
}

/**
 * Answers `Expect: 100-continue` when the body is read, which is after the caller has been authenticated: a caller that
 * is refused need not send it. Without a 100, Node closes the connection after the answer, as nobody knows whether the
 * body comes, and so where the next request starts (RFC 9110 section 10.1.1).
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read
  request._read = (size) => {
    request._read = read
    if (!response.headersSent && !response.destroyed) response.writeContinue()
    read.call(request, size)
  }
}
