import type { IncomingMessage, ServerResponse } from 'node:http'
import { claimedCaller } from '@mtls-gateway/request-auth'
import type { RequestContext } from '../request-context.ts'
import { clientAddress, rateKey } from '../throttling/client-address.ts'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'
import type { Log } from './log.ts'

const maxPathLength = 512
/** More is no news to whoever reads them, and costs as much as the refusals themselves. */
const mostStrangersLines = { ofAddress: 50, ofAll: 200 } as const

export interface RequestLogOptions {
  readonly log: Log
  readonly proxies: TrustedProxies
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

/** Writes the one log line of each request when it has ended. */
export class RequestLog {
  readonly #log: Log
  readonly #proxies: TrustedProxies
  readonly #strangers: StrangersLines

  constructor({ log, proxies, now = () => performance.now() }: RequestLogOptions) {
    this.#log = log
    this.#proxies = proxies
    this.#strangers = new StrangersLines(now)
  }

  /** The query is left out: it may hold credentials. */
  write(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const level = context.route.startsWith('/health/') ? 'debug' : 'info'
    if (!this.#log.isLevelEnabled(level)) return
    const facts = context.facts?.toLog()
    if (context.facts !== undefined && facts === undefined) return
    const address = facts?.clientAddress ?? clientAddress(request, this.#proxies)
    const caller = facts?.caller ?? context.caller ?? context.refusal?.caller
    const isRefusedStranger = caller === undefined && (context.refusal !== undefined || isRefusal(response))
    const omitted = isRefusedStranger ? this.#strangers.take(rateKey(String(address))) : 0
    if (omitted === undefined) return
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
      clientAddress: address,
      caller,
      ...facts,
      unverifiedCaller: caller === undefined && context.refusal !== undefined ? claimOf(request) : undefined,
      ...context.refusal,
      aborted: response.writableFinished ? undefined : true,
      omitted: omitted > 0 ? omitted : undefined,
    })
  }
}

function isRefusal({ statusCode }: ServerResponse): boolean {
  return statusCode >= 400 && statusCode < 500
}

/**
 * The lines of refused requests whose caller nobody knows: credentials, paths, whatever it is. Anybody can cause them,
 * so each address has a number of them in a second, and so have all together; metrics count every request.
 */
class StrangersLines {
  readonly #now: () => number
  #second = Number.NaN
  readonly #ofAddress = new Map<string, number>()
  #ofAll = 0
  #omitted = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** How many were left out since the last one that was not; undefined: this one is left out. */
  take(address: string): number | undefined {
    const second = Math.floor(this.#now() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#ofAddress.clear()
      this.#ofAll = 0
    }
    const taken = this.#ofAddress.get(address) ?? 0
    if (taken >= mostStrangersLines.ofAddress || this.#ofAll >= mostStrangersLines.ofAll) {
      this.#omitted += 1
      return undefined
    }
    this.#ofAddress.set(address, taken + 1)
    this.#ofAll += 1
    const omitted = this.#omitted
    this.#omitted = 0
    return omitted
  }
}

/** What a caller says about itself is marked as such. */
function claimOf(request: IncomingMessage): string | undefined {
  return claimedCaller(request.headers.authorization)
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return (query === -1 ? url : url.slice(0, query)).slice(0, maxPathLength)
}
