import type { IncomingMessage, ServerResponse } from 'node:http'
import { claimedCaller } from '@mtls-gateway/request-auth'
import type { RequestContext } from '../request-context.ts'
import { rateKey } from '../throttling/client-address.ts'
import type { Log } from './log.ts'

const maxPathLength = 512
/** Lines a second. More is no news to whoever reads them, and costs as much as the refusals themselves. */
const mostOfStrangers: LineLimits = { ofOne: 50, ofAll: 200 }
const mostOfKnownCallers: LineLimits = { ofOne: 50, ofAll: 1_000 }
/** By which a caller is refused that asks for too much. */
const overload: ReadonlySet<number> = new Set([429, 503])

export interface RequestLogOptions {
  readonly log: Log
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

/** Writes the one log line of each request when it has ended. */
export class RequestLog {
  readonly #log: Log
  readonly #strangers: LimitedLines
  readonly #knownCallers: LimitedLines

  constructor({ log, now = () => performance.now() }: RequestLogOptions) {
    this.#log = log
    this.#strangers = new LimitedLines(mostOfStrangers, now)
    this.#knownCallers = new LimitedLines(mostOfKnownCallers, now)
  }

  /** The query is left out: it may hold credentials. */
  write(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const level = context.route.startsWith('/health/') ? 'debug' : 'info'
    if (!this.#log.isLevelEnabled(level)) return
    const caller = context.caller ?? context.refusal?.caller
    // First: under a flood of refusals hardly any of them has a line.
    const omitted = this.#omittedBefore(response, context, caller)
    if (omitted === undefined) return
    const facts = context.facts?.toLog()
    if (context.facts !== undefined && facts === undefined) return
    // What is undefined is left out of the line. An object that always has the same fields is made much faster.
    this.#log[level]({
      event: 'request',
      method: request.method,
      path: pathOf(request),
      status: response.statusCode,
      ms: Math.round((context.endedAt - context.startedAt) * 10) / 10,
      requestId: context.requestId,
      traceId: context.span?.traceId,
      accountId: context.accountId,
      code: context.code,
      clientAddress: context.clientAddress,
      caller,
      ...facts,
      // What a caller says about itself is marked as such.
      unverifiedCaller:
        caller === undefined && context.refusal !== undefined
          ? claimedCaller(request.headers.authorization)
          : undefined,
      ...context.refusal,
      aborted: response.writableFinished ? undefined : true,
      omitted: omitted > 0 ? omitted : undefined,
    })
  }

  /** How many lines were left out before this one; undefined: this one is. An account is one caller. */
  #omittedBefore(
    response: ServerResponse,
    { refusal, code, accountId, clientAddress }: RequestContext,
    caller: string | undefined,
  ): number | undefined {
    if (caller === undefined) {
      return refusal !== undefined || isRefusal(response) ? this.#strangers.take(rateKey(clientAddress)) : 0
    }
    const isOverload = code !== undefined && overload.has(response.statusCode)
    return isOverload ? this.#knownCallers.take(accountId ?? caller) : 0
  }
}

function isRefusal({ statusCode }: ServerResponse): boolean {
  return statusCode >= 400 && statusCode < 500
}

interface LineLimits {
  readonly ofOne: number
  readonly ofAll: number
}

/** Lines that anybody can cause as fast as requests are sent. Metrics count every request. */
class LimitedLines {
  readonly #limits: LineLimits
  readonly #now: () => number
  #second = Number.NaN
  readonly #ofOne = new Map<string, number>()
  #ofAll = 0
  #omitted = 0

  constructor(limits: LineLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** How many were left out since the last one that was not; undefined: this one is left out. */
  take(one: string): number | undefined {
    const second = Math.floor(this.#now() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#ofOne.clear()
      this.#ofAll = 0
    }
    const taken = this.#ofOne.get(one) ?? 0
    if (taken >= this.#limits.ofOne || this.#ofAll >= this.#limits.ofAll) {
      this.#omitted += 1
      return undefined
    }
    this.#ofOne.set(one, taken + 1)
    this.#ofAll += 1
    const omitted = this.#omitted
    this.#omitted = 0
    return omitted
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return (query === -1 ? url : url.slice(0, query)).slice(0, maxPathLength)
}
