import type { TransportPhase } from './transport-error.ts'

/** What a sentence can speak of. */
export interface FailureContext {
  /** Host and port as the caller knows them. */
  readonly target: string
  readonly phase: TransportPhase | undefined
  readonly detail: string
  readonly hadClientCertificate: boolean
  /** Only TLS 1.2 was offered, for the key of the client certificate. */
  readonly keyNeedsTls12: boolean
  /** The target's certificate had come, and with it what the target asks of the client. */
  readonly targetCertificateSeen: boolean
  /** The target's certificates in DER, leaf first, where they were refused. */
  readonly targetChain: readonly Buffer[]
  readonly trustsGivenCas: boolean
  /** The target had sent some HTTP on this connection. */
  readonly answeredBefore: boolean
}
