import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Refusal } from '@mtls-gateway/domain'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import type { RequestSpan } from './request-span.ts'

/** What else the log line of a request says. */
export interface LogFacts {
  /** Called once, if the request has a line; undefined: it has none after all. */
  toLog(): Readonly<Record<string, unknown>> | undefined
}

/** What is known about a request while it is answered, for its log line and its metrics. */
export interface RequestContext {
  /** In the `X-Request-Id` of every answer and in every log line. */
  readonly requestId: string
  /** By `performance.now()`. */
  readonly startedAt: number
  /** By `performance.now()`; now, until it has ended. */
  readonly endedAt: number
  /** The caller's address, as the trusted proxies report it. */
  clientAddress: string
  /** The pattern that the path matched, never the path itself: it becomes a label of metrics. */
  route: string
  accountId: string | undefined
  /** The code of the problem that was answered. */
  code: string | undefined
  /** The credentials that its resource accepts, for the challenge of a refusal. */
  accepted: readonly CredentialKind[] | undefined
  /** Why its credentials were refused, if they were. */
  refusal: Refusal | undefined
  /** Who makes it, once that is verified. */
  caller: string | undefined
  facts: LogFacts | undefined
  /** Undefined if nothing is traced, or this request is not. */
  span: RequestSpan | undefined
  /** Called once when the answer has gone out or the connection is gone; at once if that has already happened. */
  onEnd(listener: () => void): void
}

/** The context for the code that answers the request, and ends it. */
export interface OpenRequestContext extends RequestContext {
  end(): void
}

export const unmatchedRoute = 'unmatched'

/** On the request itself: a WeakMap of all requests costs the garbage collector more than everything else here. */
const contextKey = Symbol('request context')

/** The context of a request. The first call creates it. */
export function requestContextOf(request: IncomingMessage & { [contextKey]?: OpenRequestContext }): OpenRequestContext {
  const known = request[contextKey]
  if (known) return known
  const context = new CurrentRequestContext(requestIdOf(request))
  request[contextKey] = context
  return context
}

class CurrentRequestContext implements OpenRequestContext {
  readonly requestId: string
  readonly startedAt = performance.now()
  clientAddress = 'unknown'
  route = unmatchedRoute
  accountId: string | undefined
  code: string | undefined
  accepted: readonly CredentialKind[] | undefined
  refusal: Refusal | undefined
  caller: string | undefined
  facts: LogFacts | undefined
  span: RequestSpan | undefined
  #listener: (() => void) | undefined
  #hasEnded = false
  #endedAt = 0

  constructor(requestId: string) {
    this.requestId = requestId
  }

  /** The clock is read once for all that tell of the request: that takes longer than what most of them do. */
  get endedAt(): number {
    return this.#hasEnded ? this.#endedAt : performance.now()
  }

  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener()
    else this.#listener = listener
  }

  end(): void {
    this.#endedAt = performance.now()
    this.#hasEnded = true
    this.#listener?.()
  }
}

/** The caller's own id if it is harmless in headers and logs, or else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID()
}
