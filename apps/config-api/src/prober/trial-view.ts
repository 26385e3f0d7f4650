import type { Trial } from '@mtls-gateway/contract'
import type { TargetTrial } from '@mtls-gateway/outbound'

/** The outcome of a probe at one url, in the form of the API. */
export function viewTrial(trial: TargetTrial): Trial {
  const { status, explanation, failure, clientCertificate, handshake, refusal } = trial
  return {
    status: status ?? null,
    clientCertificate,
    explanation,
    error: failure ?? null,
    handshake: handshake ?? null,
    acceptableIssuers: refusal?.acceptableIssuers ?? [],
    chainAcceptable: refusal?.chainAcceptable ?? null,
    alert: refusal?.alert ?? null,
  }
}
