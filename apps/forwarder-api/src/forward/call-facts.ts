import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallOutcome, EndedCall, RecentCall } from '@mtls-gateway/coordination'
import {
  type AccountId,
  isCodedError,
  type Mapping,
  type MappingId,
  type ParsedTargetUrl,
  type Service,
} from '@mtls-gateway/domain'
import { explainTransportError, type OpeningTimes, openingPhases } from '@mtls-gateway/outbound'
import type { Principal } from '@mtls-gateway/request-auth'
import { type CallSpan, type LogFacts, type RequestContext, statusOf } from '@mtls-gateway/service-kit'
import type { CallWatch } from './answer/answer-relay.ts'
import {
  type CallIdentity,
  isMapped,
  type MappedIdentity,
  type MappingWatch,
} from './certificate/certificate-choice.ts'

interface CallFailure {
  readonly transportCode: string
  readonly phase: string | undefined
}

/** Whose call it is. There are no facts until that is known, so that nobody else fills an account's list. */
export interface KnownCaller {
  readonly accountId: AccountId
  readonly principal: Principal
}

export interface CallFactsOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: RequestContext
  readonly from: KnownCaller
  /** Whether this call has a line though it succeeded. */
  readonly isSampled: () => boolean
}

/**
 * Who called whom by what, as far as it is known when the call ends: for its log line, which has no path of the target,
 * for the list of recent calls, and for the span of the call to the target. Never a query.
 */
export class CallFacts implements CallWatch, MappingWatch, LogFacts, EndedCall {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #context: RequestContext
  readonly #from: KnownCaller
  readonly #isSampled: () => boolean
  #service: Service | undefined
  #target: ParsedTargetUrl | undefined
  #mapping: Pick<Mapping, 'id' | 'certificateId'> | undefined
  #identity: CallIdentity | undefined
  #asksForVersion = false
  #failure: CallFailure | undefined
  #opening: OpeningTimes | undefined
  #sentAt: number | undefined
  #answeredAt: number | undefined
  #span: CallSpan | undefined

  constructor({ request, response, context, from, isSampled }: CallFactsOptions) {
    this.#request = request
    this.#response = response
    this.#context = context
    this.#from = from
    this.#isSampled = isSampled
  }

  isTo(service: Service | undefined, target: ParsedTargetUrl): void {
    this.#service = service
    this.#target = target
  }

  /** The outcome of such a call says nothing of what its mapping presents. */
  asksForVersion(): void {
    this.#asksForVersion = true
  }

  isMappedBy(mapping: Pick<Mapping, 'id' | 'certificateId'>): void {
    this.#mapping = mapping
  }

  /** Told again if another identity was chosen while the call waited. */
  presents(identity: CallIdentity): void {
    this.#identity = identity
  }

  opening(times: OpeningTimes): void {
    this.#opening = times
  }

  sent(): void {
    this.#sentAt = performance.now()
  }

  answered(at: number): void {
    this.#answeredAt = at
  }

  /** Fields that tell the target of the trace that it takes part in; undefined if nothing is traced. */
  beginSpan(): readonly string[] | undefined {
    this.#span = this.#context.span?.beginCall(this.#request.method ?? '')
    return this.#span?.headers
  }

  endSpan(): void {
    // Most calls are not sampled, and what is told of one costs as much as the rest of its facts.
    if (this.#span === undefined || !this.#span.isRecorded) return
    const opening = this.#opening
    const used = this.#used()
    this.#span.end({
      failure: this.#failure?.transportCode ?? (this.outcome === 'aborted' ? 'CALL_ABORTED' : undefined),
      attributes: {
        'http.request.method': this.#request.method,
        'http.response.status_code': this.#answeredAt && this.#response.statusCode,
        'server.address': this.#target?.hostname,
        'server.port': this.#target?.port,
        'url.full': this.#target && urlWithoutQuery(this.#target),
        'mtls.service': this.#service?.name,
        'mtls.mapping_id': used?.mappingId,
        'mtls.certificate_id': used?.certificateId,
      },
      events: {
        'looked up': opening?.lookedUpAt,
        'tcp connected': opening?.connectedAt,
        'tls handshake begins': opening?.handshakeAt,
        'tls handshake ends': opening?.handshakeAt && opening.endedAt,
        sent: this.#sentAt,
        answered: this.#answeredAt,
      },
    })
  }

  /** The call has failed, or its answer has broken off. */
  failed(error: unknown): void {
    if (isCodedError(error)) {
      const { transportCode, phase } = error.details
      if (transportCode !== undefined) this.#failure = { transportCode: String(transportCode), phase: textOf(phase) }
    } else if (this.#target !== undefined) {
      const { code, phase } = explainTransportError(error, this.#target.origin)
      this.#failure = { transportCode: code, phase }
    }
  }

  get endedAt(): number {
    return this.#context.endedAt
  }

  /** Whose last outcome this is. */
  get mappingId(): MappingId | undefined {
    return this.#asksForVersion ? undefined : this.#used()?.mappingId
  }

  get transportCode(): string | undefined {
    return this.#failure?.transportCode
  }

  get outcome(): CallOutcome {
    const { statusCode, writableFinished } = this.#response
    const { code } = this.#context
    // Others may say why earlier calls failed.
    if (code !== undefined && code !== 'TARGET_UNREACHABLE') return 'refused'
    if (this.#failure !== undefined) return this.#failure.transportCode === 'CALL_ABORTED' ? 'aborted' : 'failed'
    if (!writableFinished) return 'aborted'
    return statusCode >= 500 ? 'failed' : 'succeeded'
  }

  toLog(line: Record<string, unknown>): boolean {
    if (this.outcome === 'succeeded' && !this.#isSampled()) return false
    line.serviceName = this.#service?.name
    line.target = this.#target?.origin
    Object.assign(line, this.#used(), this.#failure, this.#times())
    return true
  }

  toRecentCall(): RecentCall {
    const { startedAt, endedAt, requestId, code, clientAddress } = this.#context
    return {
      outcome: this.outcome,
      at: Math.round(Date.now() - (performance.now() - startedAt)),
      requestId,
      method: this.#request.method ?? '',
      url: this.#target && urlWithoutQuery(this.#target),
      serviceName: this.#service?.name,
      caller: this.#from.principal.subject.slice(0, mostCharacters),
      clientAddress,
      ...this.#used(),
      status: statusOf(this.#response),
      code,
      ...this.#failure,
      ms: rounded(endedAt - startedAt),
      ...this.#times(),
    }
  }

  /** What was presented, and by which mapping. Of a call that presented nothing, what its mapping names. */
  #used() {
    const identity = this.#identity
    if (identity !== undefined) return isMapped(identity) ? certificateOf(identity) : undefined
    return this.#mapping && { mappingId: this.#mapping.id, certificateId: this.#mapping.certificateId }
  }

  /** What took how long; the phase in which the call failed, up to its end. */
  #times() {
    const firstByteMs = rounded(this.#sentAt && (this.#answeredAt ?? this.endedAt) - this.#sentAt)
    if (this.#opening === undefined) return { firstByteMs }
    const { lookUpMs, connectMs, handshakeMs } = openingPhases(this.#opening)
    return {
      lookUpMs: rounded(lookUpMs),
      connectMs: rounded(connectMs),
      handshakeMs: rounded(handshakeMs),
      firstByteMs,
    }
  }
}

function certificateOf(identity: MappedIdentity) {
  const { mappingId, certificateId, fingerprintSha256 } = identity
  return { mappingId, certificateId, fingerprintSha256 }
}

/** To a tenth of a millisecond. */
function rounded(ms: number): number
function rounded(ms: number | undefined): number | undefined
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10
}

/** The longest url or name in the list of recent calls. */
const mostCharacters = 512

function urlWithoutQuery({ origin, pathAndQuery }: ParsedTargetUrl): string {
  const query = pathAndQuery.indexOf('?')
  return (origin + (query === -1 ? pathAndQuery : pathAndQuery.slice(0, query))).slice(0, mostCharacters)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
