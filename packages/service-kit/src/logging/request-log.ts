import type { IncomingMessage, ServerResponse } from 'node:http'
import { claimedCaller } from '@mtls-gateway/request-auth'
import { pathOf, type RequestContext, statusOf } from '../request-context.ts'
import { rateKey } from '../throttling/client-address.ts'
import type { Log, LogFields } from './log.ts'

const maxPathLength = 512
/**
 * Lines of refusals a second, of one caller and of all. More is no news to whoever reads them, and costs as much as the
 * refusals themselves. Strangers leave room for those of known callers.
 */
const most = { ofOne: 50, ofAll: 1_000, withStrangers: 200 }
const tellAfterMs = 1_000
/** What others write of a line: all other text in it is the gateway's own. */
const foreign = ['path', 'requestId', 'accountId', 'caller', 'target', 'unverifiedCaller']
/** By which a caller is refused that asks for too much. */
const overload: ReadonlySet<number> = new Set([429, 503])

/** Writes the one log line of each request when it has ended. Of too many refusals, it tells once a second how many. */
export class RequestLog {
  readonly #log: Log
  readonly #shown: (url: string) => string
  readonly #now: () => number
  #second = Number.NaN
  /** Lines of refusals in this second, by caller. */
  readonly #ofOne = new Map<string, number>()
  #ofAll = 0
  /** Refusals without a line, by code. */
  readonly #omitted = new Map<string, number>()

  /**
   * @param shown what a line may say of a url
   * @param now milliseconds on a clock that never goes back
   */
  constructor(log: Log, shown = (url: string) => url, now = () => performance.now()) {
    this.#log = log
    this.#shown = shown
    this.#now = now
  }

  /** The query is left out: it may hold credentials. */
  write(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const level = context.route.startsWith('/health/') ? 'debug' : 'info'
    if (!this.#log.isLevelEnabled(level)) return
    const caller = context.caller ?? context.refusal?.caller
    // First: under a flood of refusals hardly any of them has a line.
    if (!this.#isWritten(response, context, caller)) return
    // What is undefined is left out of the line. An object that always has the same fields is made much faster.
    const line: Record<string, unknown> & LogFields = {
      event: 'request',
      method: request.method,
      path: pathOf(this.#shown(request.url ?? '')).slice(0, maxPathLength),
      status: statusOf(response),
      ms: Math.round((context.endedAt - context.startedAt) * 10) / 10,
      requestId: context.requestId,
      traceId: context.span?.traceId,
      accountId: context.accountId,
      code: context.code,
      clientAddress: context.clientAddress,
      caller,
    }
    if (context.facts?.toLog(line) === false) return
    if (context.refusal !== undefined) {
      // What a caller says about itself is marked as such.
      if (caller === undefined) line.unverifiedCaller = claimedCaller(credentialsOf(request))
      Object.assign(line, context.refusal)
    }
    if (!response.writableFinished) line.aborted = true
    this.#log[level](line, undefined, foreign)
  }

  /** An account is one caller, and so is an address, or its network, that no caller is known of. */
  #isWritten(
    response: ServerResponse,
    { refusal, code, accountId, clientAddress }: RequestContext,
    caller: string | undefined,
  ): boolean {
    const status = statusOf(response)
    if (caller === undefined) {
      // Whoever leaves could have as many lines as it has connections.
      const isLimited = refusal !== undefined || status === undefined || (status >= 400 && status < 500)
      return (
        !isLimited || this.#take(rateKey(clientAddress), code ?? String(status ?? 'CALL_ABORTED'), most.withStrangers)
      )
    }
    const isOverload = code !== undefined && status !== undefined && overload.has(status)
    return !isOverload || this.#take(accountId ?? caller, code, most.ofAll)
  }

  /** @returns whether this one has a line */
  #take(one: string, code: string, mostOfAll: number): boolean {
    const second = Math.floor(this.#now() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#ofOne.clear()
      this.#ofAll = 0
    }
    const taken = this.#ofOne.get(one) ?? 0
    if (taken < most.ofOne && this.#ofAll < mostOfAll) {
      this.#ofOne.set(one, taken + 1)
      this.#ofAll += 1
      return true
    }
    if (this.#omitted.size === 0) setTimeout(this.#tellOmitted, tellAfterMs).unref()
    this.#omitted.set(code, (this.#omitted.get(code) ?? 0) + 1)
    return false
  }

  readonly #tellOmitted = (): void => {
    const codes = Object.fromEntries(this.#omitted)
    const omitted = Object.values(codes).reduce((sum, count) => sum + count, 0)
    this.#omitted.clear()
    this.#log.info({ event: 'refusals', omitted, codes })
  }
}

/** Whoever takes the gateway for a proxy sends it a whole url, and has an Authorization for the target alone. */
function credentialsOf({ url, headers }: IncomingMessage): string | undefined {
  return url?.startsWith('/') === false ? headers['proxy-authorization'] : headers.authorization
}
