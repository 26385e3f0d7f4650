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
import type { CallersLine } from '../reading/callers-line.ts'
import { GatheredRequest } from '../reading/gathered-request.ts'
import { pipelineOf, readInTurns } from '../reading/read-in-turns.ts'
import type { ClientError } from './client-error.ts'
import { comesTooLate, endWithAnswer, readRestOf } from './early-end.ts'
import { isHttp1 } from './http-version.ts'
import { type TlsPair, tlsRules } from './tls-files.ts'

export interface ServerLimits {
  /** Request line and headers, in bytes. */
  readonly headerBytes: number
  /** For the TLS handshake, and then for the request line and headers to arrive, from the start of the connection. */
  readonly headersTimeoutMs: number
  /**
   * Without a byte on a connection that waits for no answer: between two requests, or while the body of one is still to
   * come. Longer than load balancers keep theirs (60 s), else they meet connections that are just being closed.
   */
  readonly idleMs: number
  /** How long a caller may take to read what waits for it, or 4 KiB for each second of that time. */
  readonly unreadMs: number
}

export interface ServerParts {
  readonly limits: ServerLimits
  readonly open: OpenRequests
  readonly callers: CallersLine
  /** Where nobody stands behind a proxy, connections from one address are one caller's. */
  readonly isAddressOfCaller: boolean
}

export const defaultLimits: ServerLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 20_000,
  idleMs: 66_000,
  unreadMs: 30_000,
}

/** Callers are told of so much less, as the request that they send at the last moment is still on its way. */
const keepAliveMarginMs = 1_000

/**
 * An http server with limits on callers that are slow, but none on how long a request may take: a stream that flows, or
 * a target that thinks, is not cut.
 */
export function createServer(tls: TlsPair | undefined, parts: ServerParts, listener: RequestListener): Server {
  const { limits, open } = parts
  const options: ServerOptions = {
    IncomingMessage: GatheredRequest,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // It would count from the first byte of a request to the last of its body, however well it flows.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    // Node would remove the connection's timer with each request and make another after it: a tenth of a small call.
    keepAliveTimeout: 0,
    // If no body is announced, the request is an ended stream from the start, instead of one that ends by events.
    optimizeEmptyRequests: true,
  }
  const keepAliveMs = Math.max(0, limits.idleMs - keepAliveMarginMs)
  const receive: RequestListener = (request, response) => {
    // It can be told only now.
    const isOurs = isHttp1(request)
    const pipeline = pipelineOf(request.socket)
    if (pipeline === undefined || pipeline.isFree) carryOut(request, response, isOurs)
    else pipeline.wait(() => carryOut(request, response, isOurs))
  }
  const carryOut = (request: IncomingMessage, response: ServerResponse & KeepAliveHint, isOurs: boolean) => {
    if (comesTooLate(request)) return
    if (!isOurs) {
      server.emit('clientError', notHttp1(), request.socket)
      return
    }
    if (asksForUpgrade(request)) {
      endWithAnswer(request.socket)
      response.shouldKeepAlive = false
    }
    response._keepAliveTimeout = keepAliveMs
    // Before Node's own listener, which closes the connection or lets the body flow without a limit.
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
    // Before Node notes how the connection goes on.
    if (asksForUpgrade(request)) response.shouldKeepAlive = false
    if (hasBody(request)) continueWhenRead(request, response)
    else continueInFront(response)
    receive(request, response)
  })
  // RFC 9110 section 10.1.1 lets a server ignore an expectation that it does not know; Node's own 417 is bare.
  server.on('checkExpectation', receive)
  readInTurns(server, parts)
  server.setTimeout(limits.idleMs, (socket) => {
    if (!open.isAwaited(socket)) socket.destroy()
  })
  endUnread(server, open, limits.unreadMs)
  return server
}

/**
 * Such a request is answered like any other (RFC 9110 section 7.8), but nothing after it is: Node's parser takes what
 * follows in the same piece for the other protocol and drops it, and would read on in the middle of whatever that was.
 */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined
}

function notHttp1(): ClientError {
  return Object.assign(new Error('a request of another protocol'), { code: 'HPE_INVALID_VERSION' })
}

/** Node's own field: from it comes the `Keep-Alive` header, where the connection is kept. */
interface KeepAliveHint {
  _keepAliveTimeout?: number
}
