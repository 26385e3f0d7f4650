import type { ClientRequest, IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { clientAddress, hasBody, requestContextOf, type TrustedProxies, watchPace } from '@mtls-gateway/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerHeaders, type Caller, requestHeaders } from './forwarded-headers.ts'
import type { GatewayService } from './gateway-service.ts'

type Pace = Parameters<typeof watchPace>[2]

/** Hands requests of the page on to a service, and its answers to the page. Bodies flow through in both directions. */
export class ServiceProxy {
  readonly #service: GatewayService
  readonly #proxies: TrustedProxies
  readonly #pace: Pace

  /** @param pace how fast bodies must come; as everywhere unless given */
  constructor(service: GatewayService, proxies: TrustedProxies, pace?: Pace) {
    this.#service = service
    this.#proxies = proxies
    this.#pace = pace
  }

  callerOf({ raw }: FastifyRequest, token?: string): Caller {
    const { requestId } = requestContextOf(raw)
    return { token, address: clientAddress(raw, this.#proxies), requestId }
  }

  /**
   * @returns the head of the answer, for `passOn`
   * @throws CodedError `CONFIG_API_UNAVAILABLE`, `FORWARDER_API_UNAVAILABLE`, `BODY_TOO_SLOW`, `NOT_FOUND`
   */
  async ask(request: FastifyRequest, reply: FastifyReply, token: string): Promise<IncomingMessage> {
    const { raw, originalUrl: path } = request
    if (!isPlainPath(path)) throw new CodedError('NOT_FOUND', 'There is nothing at this path.')
    const leaving = new AbortController()
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) leaving.abort()
    })
    const headers = requestHeaders(raw, this.callerOf(request, token))
    const write = hasBody(raw) ? (body: ClientRequest) => pass(raw, body, this.#pace) : undefined
    const upstream = { method: raw.method ?? 'GET', path, headers, isOfPage: true }
    return this.#service.send(upstream, write, leaving.signal)
  }
}

/** Sends the head of an answer of the service, and its body as it comes. */
export function passOn(answer: IncomingMessage, reply: FastifyReply): FastifyReply {
  return reply
    .status(answer.statusCode ?? 502)
    .headers(answerHeaders(answer.headers))
    .send(answer)
}

function pass(from: IncomingMessage, to: ClientRequest, pace: Pace): void {
  // A slow body would hold a connection to the service.
  const endWatch = watchPace(from, (error) => to.destroy(error), pace)
  // Whoever answers early reads no further.
  to.once('response', (answer) => answer.once('end', () => (to.writableFinished ? undefined : to.destroy())))
  to.once('close', () => {
    endWatch()
    from.unpipe(to)
  })
  from.pipe(to)
}

/** False where the service could resolve the path to another one than the router has let through. */
function isPlainPath(url: string): boolean {
  const [path = ''] = url.split('?')
  // The router ends the path at a fragment, which no request has (RFC 9112 section 3.2).
  if (url.includes('#')) return false
  if (!path.startsWith('/') || /%2f|%5c|\\/i.test(path)) return false
  return !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}
