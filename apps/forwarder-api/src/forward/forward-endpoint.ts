import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallRecorder } from '@mtls-gateway/coordination'
import type { CodedError, ErrorCode } from '@mtls-gateway/domain'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import {
  answerProblem,
  codedErrorOf,
  endConnection,
  endIfAmbiguous,
  type Log,
  logFailure,
  type Problem,
  problemOf,
  type RequestContext,
} from '@mtls-gateway/service-kit'
import { transportHeaders } from './answer/transport-failure.ts'
import { CallFacts, type KnownCaller } from './call-facts.ts'
import type { ProxyCredentials } from './caller/proxy-credentials.ts'
import { type ForwardCall, type Forwarder, forwardedMethods } from './forwarder.ts'
import type { CallMetrics } from './metrics/call-metrics.ts'
import { isForProxy, proxyRoute } from './request/proxy-calls.ts'

/** After these it is uncertain where the next request on the connection starts. */
const ambiguous: ReadonlySet<ErrorCode> = new Set(['MALFORMED_REQUEST', 'DUPLICATE_HEADER'])
const route = '/mtls/account/:accountId'
const baseUrlRoute = `${route}/to/:mappingId`
/** Also matches an absolute url, which these routes refuse. */
const path = /^(?:https?:\/\/[^/?]*)?\/mtls\/account\/([^/?]*)(?:\?|$|\/to\/([^/?]*)((?:[/?].*)?)$)/is

export interface ForwardEndpointOptions {
  readonly forwarder: Forwarder
  readonly kinds: readonly CredentialKind[]
  /** Undefined: whole urls in request lines are refused. */
  readonly proxyCredentials: ProxyCredentials | undefined
  readonly log: Log
  /** For the gateway's own answers. */
  readonly ownHeaders: Readonly<Record<string, string>>
  readonly metrics: CallMetrics
  /** Undefined: recent calls are not recorded. */
  readonly recorder: CallRecorder | undefined
  /** The share of successful calls that have a log line. */
  readonly loggedSuccesses: number
}

/**
 * `/mtls/account/{accountId}`, what is below its `/to/{mappingId}`, and whole urls of the proxy entry, answered before
 * routing and body parsing: Fastify would answer 415 to a Content-Type that it can't read, and its handling of a
 * request costs as much as the forward itself.
 */
export class ForwardEndpoint {
  readonly #forwarder: Forwarder
  readonly #kinds: readonly CredentialKind[]
  readonly #proxyCredentials: ProxyCredentials | undefined
  readonly #log: Log
  readonly #ownHeaders: Readonly<Record<string, string>>
  readonly #isWatched: boolean
  readonly #metrics: CallMetrics
  readonly #recorder: CallRecorder | undefined
  readonly #isSampled: () => boolean

  constructor(options: ForwardEndpointOptions) {
    const { forwarder, kinds, proxyCredentials, log, ownHeaders, metrics, recorder, loggedSuccesses } = options
    this.#forwarder = forwarder
    this.#kinds = kinds
    this.#proxyCredentials = proxyCredentials
    this.#log = log
    this.#ownHeaders = ownHeaders
    this.#metrics = metrics
    this.#recorder = recorder
    this.#isWatched = recorder !== undefined || log.isLevelEnabled('info')
    this.#isSampled = () => Math.random() < loggedSuccesses
  }

  /** True if the request is one to forward. It is then answered here, even if it fails. */
  claim(request: IncomingMessage, response: ServerResponse, context: RequestContext): boolean {
    if (this.#proxyCredentials !== undefined && isForProxy(request)) {
      context.route = proxyRoute
      this.#forward({ request, response, context, account: undefined, below: undefined })
      return true
    }
    const [, account, mapping, rest = ''] = path.exec(request.url ?? '') ?? []
    if (account === undefined) return false
    if (mapping === '' || !forwardedMethods.has(request.method ?? '')) return false
    context.route = mapping === undefined ? route : baseUrlRoute
    const below = mapping === undefined ? undefined : { mapping, rest }
    this.#forward({ request, response, context, account, below })
    return true
  }

  #forward(call: Omit<ForwardCall, 'watch'>): void {
    const { request, response, context, account, below } = call
    let facts: CallFacts | undefined
    const watch = (from: KnownCaller) => (facts = this.#factsOf(request, response, context, from))
    this.#forwarder.forward({ request, response, context, account, below, watch }).then(
      () => this.#metrics.ended(response),
      (error: unknown) => this.#answer(response, context, error, facts),
    )
  }

  /** Undefined if nobody reads them, or the caller has left. */
  #factsOf(
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
    from: KnownCaller,
  ): CallFacts | undefined {
    if (response.destroyed || !(this.#isWatched || context.span !== undefined)) return undefined
    const facts = new CallFacts({ request, response, context, from, isSampled: this.#isSampled })
    context.facts = facts
    const recorder = this.#recorder
    if (recorder !== undefined || context.span !== undefined) {
      context.onEnd(() => {
        facts.endSpan()
        recorder?.ended(from.accountId, facts)
      })
    }
    return facts
  }

  #answer(response: ServerResponse, context: RequestContext, error: unknown, facts: CallFacts | undefined): void {
    if (response.headersSent || response.destroyed) {
      this.#metrics.ended(response)
      response.destroy()
      return
    }
    const coded = codedErrorOf(error)
    // It is counted before anybody has looked at its head.
    if (coded.code === 'RATE_LIMITED') endIfAmbiguous(response)
    const problem = this.#problemOf(coded, response, context)
    context.code = problem.body.code
    context.refusal = coded.refusal
    facts?.failed(coded)
    this.#metrics.refused(coded)
    logFailure(this.#log, error, problem)
    if (ambiguous.has(coded.code)) endConnection(response)
    const headers = problem.status === 424 ? { ...this.#ownHeaders, ...transportHeaders(coded) } : this.#ownHeaders
    answerProblem(response, problem, headers)
  }

  #problemOf(error: CodedError, { req }: ServerResponse, { route, requestId }: RequestContext): Problem {
    const proxy = route === proxyRoute ? this.#proxyCredentials : undefined
    return proxy?.problemOf(error, req) ?? problemOf(error, requestId, this.#kinds)
  }
}
