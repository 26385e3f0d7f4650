import {
  type CertificateId,
  isCodedError,
  type MappingId,
  type ParsedTargetUrl,
  type Service,
} from '@mtls-gateway/domain'
import { explainTransportError, type OpeningTimes, openingPhases } from '@mtls-gateway/outbound'
import type { Principal } from '@mtls-gateway/request-auth'
import type { LogFacts } from '@mtls-gateway/service-kit'
import type { CallWatch } from './answer/answer-relay.ts'
import { type CallIdentity, isMapped } from './certificate/certificate-choice.ts'

interface Presented {
  readonly mappingId: MappingId
  readonly certificateId: CertificateId
  readonly fingerprintSha256: string
}

/** Who called whom by what, as far as it is known when the call ends: for its log line. Never a path or a query. */
export class CallFacts implements CallWatch, LogFacts {
  readonly #clientAddress: string
  #principal: Principal | undefined
  #service: Service | undefined
  #target: ParsedTargetUrl | undefined
  #presented: Presented | undefined
  #failure: Readonly<Record<string, unknown>> | undefined
  #opening: OpeningTimes | undefined
  #sentAt: number | undefined
  #answeredAt: number | undefined

  constructor(clientAddress: string) {
    this.#clientAddress = clientAddress
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

  toLog(): Readonly<Record<string, unknown>> {
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
