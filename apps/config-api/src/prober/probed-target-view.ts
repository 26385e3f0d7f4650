import type { Trial } from '@mtls-gateway/contract'
import type { ProbedTarget } from '@mtls-gateway/outbound'

/** The outcome of a probe at one url, in the form of the API. */
export function viewProbedTarget(probed: ProbedTarget): Trial {
  const { status, explanation, failure, clientCertificate, handshake, refusal } = probed
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
