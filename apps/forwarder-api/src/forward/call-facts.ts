import {
  type CertificateId,
  isCodedError,
  type MappingId,
  type ParsedTargetUrl,
  type Service,
} from '@mtls-gateway/domain'
import { explainTransportError } from '@mtls-gateway/outbound'
import type { Principal } from '@mtls-gateway/request-auth'
import type { LogFacts } from '@mtls-gateway/service-kit'
import { type CallIdentity, isMapped } from './certificate/certificate-choice.ts'

interface Presented {
  readonly mappingId: MappingId
  readonly certificateId: CertificateId
  readonly fingerprintSha256: string
}

/** Who called whom by what, as far as it is known when the call ends: for its log line. Never a path or a query. */
export class CallFacts implements LogFacts {
  readonly #clientAddress: string
  #principal: Principal | undefined
  #service: Service | undefined
  #target: ParsedTargetUrl | undefined
  #presented: Presented | undefined
  #failure: Readonly<Record<string, unknown>> | undefined

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
    }
  }
}
