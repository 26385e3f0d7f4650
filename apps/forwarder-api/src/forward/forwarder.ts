import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Permit } from '@mtls-gateway/bulkhead'
import type { RateCounter, UsageRecorder } from '@mtls-gateway/coordination'
import { CodedError, parseAccountId, type ServiceCatalogue } from '@mtls-gateway/domain'
import { andThen, isPromise, TurnBatch, Turns } from '@mtls-gateway/event-loop'
import type { UpstreamPools } from '@mtls-gateway/outbound'
import { checkBodyHash } from '@mtls-gateway/request-auth'
import {
  admit,
  checkFraming,
  hasBody,
  inTurn,
  passedBuffers,
  type RequestContext,
  rateKey,
} from '@mtls-gateway/service-kit'
import { CallCost } from './call-cost.ts'
import type { CallFacts, KnownCaller } from './call-facts.ts'
import { authorizeService, defaultService, serviceOfCall } from './caller/allowed-services.ts'
import type { CallerVerification, VerifiedCaller } from './caller/caller-verification.ts'
import type { ProxyCredentials } from './caller/proxy-credentials.ts'
import { type CallIdentity, type CertificateChoice, isMapped } from './certificate/certificate-choice.ts'
import type { UnmappedCalls } from './certificate/unmapped-calls.ts'
import type { TargetCredentials, WaitForToken } from './credentials/target-credentials.ts'
import { type ForwardHeaders, readForwardHeaders, readInstructions } from './headers/request-headers.ts'
import { withoutTraceContext, withTraceContext } from './headers/trace-context.ts'
import type { CallMetrics } from './metrics/call-metrics.ts'
import type { BaseUrlCall, BaseUrls } from './request/base-urls.ts'
import { proxiedInstructions, proxiedUrl } from './request/proxy-calls.ts'
import { TargetUrls } from './request/target-urls.ts'
import { UpstreamBody } from './request/upstream-body.ts'
import { isSigned, type SignedCalls } from './signatures/signed-calls.ts'
import { type StreamedCall, streamCall } from './stream-call.ts'
import type { Targets } from './targets/targets.ts'

export interface ForwarderOptions {
  readonly rates: RateCounter
  readonly verification: CallerVerification
  readonly proxyCredentials: ProxyCredentials
  readonly services: ServiceCatalogue
  readonly baseUrls: BaseUrls
  readonly targets: Targets
  readonly choice: CertificateChoice
  readonly unmapped: UnmappedCalls
  readonly credentials: TargetCredentials
  readonly signedCalls: SignedCalls
  readonly upstreams: UpstreamPools
  readonly usage: UsageRecorder
  readonly metrics: CallMetrics
  /** Targets are told the id of a request that has none from its caller. */
  readonly sendsRequestId: boolean
  /** Targets are told of the trace that a call belongs to. */
  readonly sendsTrace: boolean
}

export interface ForwardCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: RequestContext
  /** The account in the path, not validated yet; undefined: the gateway is called as a proxy. */
  readonly account: string | undefined
  /** By base url; undefined: the target is in LP-forward-url. */
  readonly below: BaseUrlCall | undefined
  /** Told once the caller is known. @returns what is to be told of the call; undefined if nobody reads it */
  readonly watch: (from: KnownCaller) => CallFacts | undefined
}

/** What is known of a call once its caller is. */
interface VerifiedCall {
  readonly headers: ForwardHeaders
  /** The url in its request line; undefined: the gateway is not called as a proxy. */
  readonly proxied: string | undefined
  readonly caller: VerifiedCaller
  readonly facts: CallFacts | undefined
}

/** Others have no resource of the gateway, and go to no target. */
export const forwardedMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const noBytes = new Uint8Array()

/** The forward path as a list of its steps. */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #targetUrls = new TargetUrls()
  readonly #turnBatch = new TurnBatch()
  /** Where more calls come than can be verified, all addresses have their turns: nobody knows an account yet. */
  readonly #arrivals = new Turns()
  /** Where more come than can be carried, all accounts have theirs. */
  readonly #beginnings = new Turns()
  readonly #cost = new CallCost()

  constructor(options: ForwarderOptions) {
    this.#options = options
  }

  /**
   * Resolves when the target's answer has gone out or broken off.
   * @throws CodedError, TransportError: nothing has gone out yet, and the answer is the gateway's own
   */
  async forward(call: ForwardCall): Promise<void> {
    const { response, context } = call
    const { clientAddress } = context
    const admitted = admit(this.#options.rates, clientAddress)
    if (admitted) await admitted
    this.#cost.count()
    const arrival = { turns: this.#arrivals, owner: rateKey(clientAddress), expectedMs: 0, until: response }
    const verified = await inTurn(arrival, () => this.#verify(call))
    const { accountId } = verified.caller
    const beginning = { turns: this.#beginnings, owner: accountId, expectedMs: this.#cost.ms, until: response }
    await inTurn(beginning, () => this.#carry(call, verified))
  }

  /** Finds out who calls. */
  async #verify({ request, context, account, watch }: ForwardCall): Promise<VerifiedCall> {
    const { verification, proxyCredentials, sendsRequestId } = this.#options
    const isProxied = account === undefined
    checkFraming(request, isProxied)
    const proxied = isProxied ? proxiedUrlOf(request) : undefined
    const inPath = isProxied ? undefined : parseAccountId(account)
    const headers = readForwardHeaders(request.rawHeaders, request.httpVersion, isProxied)
    if (sendsRequestId && !headers.hasRequestId) headers.outgoing.push('X-Request-Id', context.requestId)
    const verified = inPath ? verification.verify(request, inPath) : proxyCredentials.verify(request)
    const caller = isPromise(verified) ? await verified : verified
    const { principal, accountId } = caller
    context.accountId = accountId
    context.caller = principal.subject
    const facts = watch({ accountId, principal })
    return { headers, proxied, caller, facts }
  }

  /** Finds out what is called, and with which certificate, and carries the call there and the answer back. */
  async #carry(
    { request, response, context, below }: ForwardCall,
    { headers, proxied, caller, facts }: VerifiedCall,
  ): Promise<void> {
    const {
      services,
      baseUrls,
      targets,
      choice,
      unmapped,
      credentials,
      signedCalls,
      upstreams,
      usage,
      metrics,
      sendsTrace,
    } = this.#options
    const { principal, accountId } = caller
    const { gateway } = headers
    const read = below
      ? baseUrls.resolve(accountId, below, gateway, { principal, request })
      : proxied === undefined
        ? readInstructions(gateway)
        : proxiedInstructions(proxied, gateway)
    const instructions = isPromise(read) ? await read : read
    const target = this.#targetUrls.parse(instructions.targetUrl)
    const ownName = instructions.serviceName === undefined ? undefined : services.resolve(instructions.serviceName)
    const named = serviceOfCall(ownName, principal, services)
    facts?.isTo(named, target)
    if (named !== undefined) authorizeService(principal, named.number, services)

    let called = targets.of(accountId, target.origin)
    const free = called.acquire(response)
    let permit: Permit | undefined = isPromise(free) ? await free : free
    /** It counts as a call of the token endpoint meanwhile: a slow one takes nothing from the target. */
    const waitForToken: WaitForToken = async (tokenUrl, waiting) => {
      permit?.release()
      permit = undefined
      const asking = await targets.of(accountId, tokenUrl).acquire(response)
      const got = await waiting.finally(() => asking.release())
      called = targets.of(accountId, target.origin)
      permit = await called.acquire(response)
      return got
    }
    try {
      if (principal.kind === 'oauth1') usage.countAppKey(accountId, principal.subject)
      const { presentCertificate: fingerprintSha256 } = instructions
      const { normalised: url } = target
      const mappable = { accountId, serviceId: named?.number, allowed: principal, url, fingerprintSha256, watch: facts }
      // Whoever asks for a version of a certificate does not want to call without one.
      if (fingerprintSha256 !== undefined) facts?.asksForVersion()
      const isStopped = instructions.stopIfCertificateNotFound || fingerprintSha256 !== undefined
      const permitted = (identity: CallIdentity): CallIdentity => {
        if (named === undefined) {
          authorizeService(principal, isMapped(identity) ? identity.serviceId : principal.defaultService, services)
        }
        return identity
      }
      const present = (identity: CallIdentity): CallIdentity => {
        if (!isMapped(identity)) unmapped.admit(identity.unmapped, isStopped)
        // A call that names no service is one of its mapping's.
        else if (named === undefined) facts?.isTo(services.numbered(identity.serviceId), target)
        facts?.presents(identity)
        return identity
      }
      const choose = () => andThen(choice.choose(mappable), permitted)
      const chosen = andThen(choose(), (identity) => credentials.complete(identity, choose, waitForToken))
      // From here on nothing is awaited until the call is with its pool, where it may still wait for a connection.
      const identity = isPromise(chosen) ? await chosen : chosen
      if (isMapped(identity)) usage.countCertificate(accountId, identity.certificateId)
      else unmapped.count(named ?? defaultService(principal, services))
      present(identity)
      const body = this.#bodyOf(request, caller)
      const call: StreamedCall = {
        identity,
        chooseAgain: async () => present(await credentials.complete(await choose(), choose)),
        choice,
        credentials,
        target,
        method: request.method ?? 'GET',
        headers: sendsTrace ? withTraceContext(headers, facts?.beginSpan()) : withoutTraceContext(headers),
        body,
        response,
        relay: {
          requestId: context.requestId,
          target: called,
          buffers: passedBuffers,
          turnBatch: this.#turnBatch,
          metrics,
          facts,
          relocate: instructions.relocate,
        },
      }
      if (!isSigned(identity)) await streamCall(upstreams, call)
      else {
        const { certificateId: signs } = identity.signing.signer
        const isAnother = signs !== undefined && signs !== identity.certificateId
        if (isAnother) usage.countCertificate(accountId, signs)
        const unread = { request, bodyHash: caller.bodyHash }
        await signedCalls.send({ ...call, identity }, unread, (signed) => streamCall(upstreams, signed))
      }
    } finally {
      permit?.release()
    }
  }

  /** The body for the target: a form that has been read, or the stream. */
  #bodyOf(request: IncomingMessage, { form, bodyHash }: VerifiedCaller): Buffer | Readable | null {
    if (form) return form
    if (hasBody(request)) return new UpstreamBody(request, bodyHash, passedBuffers)
    // Many clients sign the hash of an empty body.
    checkBodyHash(noBytes, bodyHash)
    return null
  }
}

/** @throws CodedError `METHOD_NOT_ALLOWED`, which paths of the gateway have from its routes; as `proxiedUrl` does */
function proxiedUrlOf(request: IncomingMessage): string {
  if (forwardedMethods.has(request.method ?? '')) return proxiedUrl(request)
  throw new CodedError('METHOD_NOT_ALLOWED', 'The gateway forwards no requests with this method.', {
    details: { allowed: [...forwardedMethods] },
  })
}
