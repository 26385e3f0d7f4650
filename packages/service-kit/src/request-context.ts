import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from '@mtls-gateway/domain'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import type { RequestSpan } from './request-span.ts'

/** What else the log line of a request says. */
export interface LogFacts {
  /** Adds them to the line of the request; false: it has none after all. Others' text may be in `target` alone. */
  toLog(line: Record<string, unknown>): boolean
}

export const unmatchedRoute = 'unmatched'

/** What is known about a request while it is answered, for its log line and its metrics. */
export class RequestContext {
  /** In the `X-Request-Id` of every answer and in every log line. */
  readonly requestId: string
  /** By `performance.now()`. */
  readonly startedAt = performance.now()
  /** The caller's address, as the trusted proxies report it. */
  clientAddress = 'unknown'
  /** The pattern that the path matched, never the path itself: it becomes a label of metrics. */
  route = unmatchedRoute
  accountId: string | undefined
  /** The code of the problem that was answered. */
  code: string | undefined
  /** The credentials that its resource accepts, for the challenge of a refusal. */
  accepted: readonly CredentialKind[] | undefined
  /** It has been counted against the limit of its address. */
  isCounted = false
  /** Why its credentials were refused, if they were. */
  refusal: Refusal | undefined
  /** Who makes it, once that is verified. */
  caller: string | undefined
  facts: LogFacts | undefined
  /** Undefined if nothing is traced, or this request is not. */
  span: RequestSpan | undefined
  #listener: (() => void) | undefined
  #hasEnded = false
  #endedAt = 0

  constructor(requestId: string) {
    this.requestId = requestId
  }

  /**
   * By `performance.now()`; now, until it has ended. The clock is read once for all that tell of the request: that
   * takes longer than what most of them do.
   */
  get endedAt(): number {
    return this.#hasEnded ? this.#endedAt : performance.now()
  }

  /** Called once when the answer has gone out or the connection is gone; at once if that has already happened. */
  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener()
    else this.#listener = listener
  }

  /** For the code that answers the request. */
  end(): void {
    this.#endedAt = performance.now()
    this.#hasEnded = true
    this.#listener?.()
  }
}

/** On the request itself: a WeakMap of all requests costs the garbage collector more than everything else here. */
const contextKey = Symbol('request context')

/** The context of a request. The first call creates it. */
export function requestContextOf(request: IncomingMessage & { [contextKey]?: RequestContext }): RequestContext {
  request[contextKey] ??= new RequestContext(requestIdOf(request))
  return request[contextKey]
}

/** What a url has before its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/** The status of the answer; undefined if the caller has gone before there was one. */
export function statusOf({ headersSent, statusCode }: ServerResponse): number | undefined {
  return headersSent ? statusCode : undefined
}

/** The caller's own id if it is harmless in headers and logs, or else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID()
}
