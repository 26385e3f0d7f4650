import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { hasBody } from '../body/has-body.ts'
import { continueInFront, continueWhenRead } from '../connections/continue-when-read.ts'
import type { OpenRequests } from '../connections/open-requests.ts'
import { endUnread } from '../connections/unread-answers.ts'
import { BoundedRequest, mayCarryOut } from './bounded-reading.ts'
import { type ClientError, refuseTunnels } from './client-error.ts'
import { comesTooLate, endWithAnswer, readRestOf } from './early-end.ts'
import type { ServerLimits } from './server-limits.ts'
import { type TlsPair, tlsRules } from './tls-files.ts'

export interface ServerParts {
  readonly limits: ServerLimits
  readonly open: OpenRequests
}

/** Callers are told a time shorter by this, as a request sent at the last moment is still on its way. */
const keepAliveMarginMs = 1_000

/**
 * An http server that limits slow callers, but not how long a request may take: a stream that flows, or a target that
 * needs time, is not cut off.
 */
export function createServer(
  tls: TlsPair | undefined,
  { limits, open }: ServerParts,
  listener: RequestListener,
): Server {
  const options: ServerOptions = {
    IncomingMessage: BoundedRequest,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // It would limit the time from the first byte of a request to the last of its body, however well it flows.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    // Node would remove the connection's timer with each request and make a new one: a tenth of the cost of a small
    // call.
    keepAliveTimeout: 0,
    // `checkFraming` refuses a request without one; Node's own answer is bare.
    requireHostHeader: false,
    // If no body is announced, the request is an ended stream from the start, instead of one that ends by events.
    optimizeEmptyRequests: true,
  }
  const keepAliveMs = Math.max(0, limits.idleMs - keepAliveMarginMs)
  const receive = (request: IncomingMessage, response: ServerResponse & KeepAliveHint) => {
    if (comesTooLate(request) || open.comesTooLate(request.socket) || !mayCarryOut(request, open)) return
    if (!isHttp1(request)) {
      server.emit('clientError', notHttp1(), request.socket)
      return
    }
    if (asksForUpgrade(request)) {
      endWithAnswer(request.socket)
      response.shouldKeepAlive = false
    }
    response._keepAliveTimeout = keepAliveMs
    // Before Node's own listener, which closes the connection or lets the body flow without limits.
    if (hasBody(request)) response.prependOnceListener('finish', () => readRestOf(request))
    listener(request, response)
  }
  const server = tls
    ? createHttpsServer({ ...options, ...tlsRules, ...tls, handshakeTimeout: limits.headersTimeoutMs }, receive)
    : createHttpServer(options, receive)
  // A caller may close its side after its request. `httpAllowHalfOpen` is Node's own field. Over TLS the socket allows
  // it only after the handshake, or a connection that ends before would stay open.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('secureConnection', (socket: Socket) => {
    socket.allowHalfOpen = true
  })
  server.on('checkContinue', (request, response) => {
    // Before Node decides what happens to the connection.
    if (asksForUpgrade(request)) response.shouldKeepAlive = false
    if (hasBody(request)) continueWhenRead(open, request, response)
    else continueInFront(response)
    receive(request, response)
  })
  // RFC 9110 section 10.1.1 lets a server ignore an expectation that it does not know; Node's own 417 is bare.
  server.on('checkExpectation', receive)
  refuseTunnels(server)
  server.setTimeout(limits.idleMs, (socket) => {
    if (!open.isAwaited(socket)) socket.destroy()
  })
  endUnread(server, open, limits.unreadMs)
  return server
}

/**
 * An upgrade request is answered like any other (RFC 9110 section 7.8), but nothing after it is: Node's parser takes
 * what follows in the same piece for the other protocol and drops it, and would resume in the middle of something.
 */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined
}

/**
 * Node's parser also accepts HTTP/2.0 and HTTP/0.9, and reports RTSP/1.0 as HTTP/1.0. Only the bytes tell the latter,
 * if the request line arrived in one piece.
 */
function isHttp1({ httpVersion, socket }: IncomingMessage): boolean {
  if (httpVersion === '1.1') return true
  const { parser }: ParsedSocket = socket
  return httpVersion === '1.0' && parser?.getCurrentBuffer().includes(' RTSP/1.0\r\n') !== true
}

function notHttp1(): ClientError {
  return Object.assign(new Error('a request of another protocol'), { code: 'HPE_INVALID_VERSION' })
}

/** Node's own field, from which it makes the `Keep-Alive` header of a kept connection. */
interface KeepAliveHint {
  _keepAliveTimeout?: number
}

/** Node's own parser, whose buffer is the piece that a request came in. */
interface ParsedSocket extends Socket {
  readonly parser?: { getCurrentBuffer(): Buffer } | null
}
