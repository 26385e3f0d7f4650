import type { ServerResponse } from 'node:http'
import {
  type CertificateId,
  isCodedError,
  type MappingId,
  type ParsedTargetUrl,
  type Service,
} from '@mtls-gateway/domain'
import { explainTransportError, type OpeningTimes, openingPhases } from '@mtls-gateway/outbound'
import type { Principal } from '@mtls-gateway/request-auth'
import type { LogFacts, RequestContext } from '@mtls-gateway/service-kit'
import type { CallWatch } from './answer/answer-relay.ts'
import { type CallIdentity, isMapped } from './certificate/certificate-choice.ts'

interface Presented {
  readonly mappingId: MappingId
  readonly certificateId: CertificateId
  readonly fingerprintSha256: string
}

/**
 * How a call went. `succeeded`: the target has answered, not with a server error (5xx). `failed`: it has not answered,
 * or with one, or its answer broke off. `refused`: the gateway has not sent it. `aborted`: its caller left too early.
 */
export type CallOutcome = 'succeeded' | 'failed' | 'refused' | 'aborted'

export interface CallFactsOptions {
  readonly clientAddress: string
  readonly response: ServerResponse
  readonly context: RequestContext
  /** Whether this call has a line though it succeeded. */
  readonly isSampled: () => boolean
}

/** Who called whom by what, as far as it is known when the call ends: for its log line. Never a path or a query. */
export class CallFacts implements CallWatch, LogFacts {
  readonly #clientAddress: string
  readonly #response: ServerResponse
  readonly #context: RequestContext
  readonly #isSampled: () => boolean
  #principal: Principal | undefined
  #service: Service | undefined
  #target: ParsedTargetUrl | undefined
  #presented: Presented | undefined
  #failure: Readonly<Record<string, unknown>> | undefined
  #opening: OpeningTimes | undefined
  #sentAt: number | undefined
  #answeredAt: number | undefined

  constructor({ clientAddress, response, context, isSampled }: CallFactsOptions) {
    this.#clientAddress = clientAddress
    this.#response = response
    this.#context = context
    this.#isSampled = isSampled
  }

  isFrom(principal: Principal): void {
    this.#principal = principal
  }

  isTo(service: Service, target: ParsedTargetUrl): void {
    this.#service = service
    this.#target = target
  }

  /** Told again if another identity was chosen while the call waited. */
  presents(identity: CallIdentity): void {
    this.#presented = undefined
    if (!isMapped(identity)) return
    const { mappingId, certificateId, fingerprintSha256 } = identity
    this.#presented = { mappingId, certificateId, fingerprintSha256 }
  }

  opening(times: OpeningTimes): void {
    this.#opening = times
  }

  sent(): void {
    this.#sentAt = performance.now()
  }

  answered(): void {
    this.#answeredAt = performance.now()
  }

  /** The call has failed, or its answer has broken off. */
  failed(error: unknown): void {
    if (isCodedError(error)) {
      const { transportCode, phase } = error.details
      if (transportCode !== undefined) this.#failure = { transportCode, phase }
    } else if (this.#target !== undefined) {
      const { code, phase } = explainTransportError(error, this.#target.origin)
      this.#failure = { transportCode: code, phase }
    }
  }

  get outcome(): CallOutcome {
    const { statusCode, writableFinished } = this.#response
    const { code } = this.#context
    if (this.#failure !== undefined) return this.#failure.transportCode === 'CALL_ABORTED' ? 'aborted' : 'failed'
    if (code !== undefined) return 'refused'
    if (!writableFinished) return 'aborted'
    return statusCode >= 500 ? 'failed' : 'succeeded'
  }

  toLog(): Readonly<Record<string, unknown>> | undefined {
    if (this.outcome === 'succeeded' && !this.#isSampled()) return undefined
    return {
      clientAddress: this.#clientAddress,
      ...(this.#principal && { caller: this.#principal.subject }),
      ...(this.#service && { serviceName: this.#service.name }),
      ...(this.#target && { target: this.#target.origin }),
      ...this.#presented,
      ...this.#failure,
      ...this.#times(),
    }
  }

  /** What took how long; the phase in which the call failed, up to now. */
  #times(): Readonly<Record<string, number>> {
    const { lookUpMs, connectMs, handshakeMs } = this.#opening ? openingPhases(this.#opening) : {}
    const firstByteMs = this.#sentAt && (this.#answeredAt ?? performance.now()) - this.#sentAt
    const times = Object.entries({ lookUpMs, connectMs, handshakeMs, firstByteMs })
    return Object.fromEntries(times.flatMap(([name, ms]) => (ms === undefined ? [] : [[name, rounded(ms)]])))
  }
}

/** To a tenth of a millisecond. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
