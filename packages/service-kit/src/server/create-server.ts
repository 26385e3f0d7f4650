import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { continueWhenRead } from './continue-when-read.ts'
import { comesTooLate, readRestOf } from './early-end.ts'
import type { OpenRequests } from './open-requests.ts'
import type { TlsPair } from './tls-files.ts'

export interface ServerLimits {
  /** Request line and headers, in bytes. */
  readonly headerBytes: number
  /** For the request line and headers to arrive. */
  readonly headersTimeoutMs: number
  /** Without a byte while the body of a request is still to come. */
  readonly stalledBodyMs: number
  /** Longer than load balancers keep theirs (60 s), else they meet connections that are just being closed. */
  readonly keepAliveMs: number
}

export const defaultLimits: ServerLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 20_000,
  stalledBodyMs: 60_000,
  keepAliveMs: 65_000,
}

/**
 * An http server with limits on callers that are slow, but none on how long a request may take: a stream that flows, or
 * a target that thinks, is not cut.
 */
export function createServer(
  tls: TlsPair | undefined,
  limits: ServerLimits,
  open: OpenRequests,
  listener: RequestListener,
): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // It would count from the first byte of a request to the last of its body, however well it flows.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    keepAliveTimeout: limits.keepAliveMs,
    // Where no body is announced the request is an ended stream from the start, instead of one that tells of its end by events.
    optimizeEmptyRequests: true,
  }
  const receive: RequestListener = (request, response) => {
    if (comesTooLate(request)) return
    // Before Node's own listener, which closes the connection or lets the body flow without a limit.
    if (hasBody(request)) response.prependOnceListener('finish', () => readRestOf(request))
    listener(request, response)
  }
  const server = tls ? createHttpsServer({ ...options, ...tls }, receive) : createHttpServer(options, receive)
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response)
    receive(request, response)
  })
  // RFC 9110 section 10.1.1 lets a server ignore an expectation that it does not know; Node's own 417 is bare.
  server.on('checkExpectation', receive)
  server.setTimeout(limits.stalledBodyMs, (socket) => {
    if (!open.isAwaited(socket)) socket.destroy()
  })
  return server
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}
