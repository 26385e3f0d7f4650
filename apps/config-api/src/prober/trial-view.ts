import type { Trial } from '@mtls-gateway/contract'
import type { TargetTrial } from '@mtls-gateway/outbound'

/** What came of trying a certificate at a url. */
export function viewTrial({ status, failure, handshake, refusal }: TargetTrial): Trial {
  return {
    status: status ?? null,
    explanation: failure?.message ?? `The target took the certificate and answered ${status}.`,
    error: failure ?? null,
    handshake: handshake ?? null,
    acceptableIssuers: refusal?.acceptableIssuers ?? [],
    chainAcceptable: refusal?.chainAcceptable ?? null,
    alert: refusal?.alert ?? null,
  }
}
