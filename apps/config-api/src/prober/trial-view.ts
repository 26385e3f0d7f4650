import type { Handshake, TargetTrial, TlsAlert } from '@mtls-gateway/outbound'

/** What came of trying a certificate at a url. */
export interface TrialView {
  /** The target's answer over HTTP. */
  readonly status: number | null
  /** A sentence: that the target took the certificate, or whose side it is on and what to do. */
  readonly explanation: string
  readonly error: { readonly code: string; readonly message: string } | null
  readonly handshake: Handshake | null
  /** Where the target seems to refuse the certificate: the issuers that it named, none if it did not say. */
  readonly acceptableIssuers: readonly string[]
  /** Whether a certificate of the chain comes from one of them; null where the target named none. */
  readonly chainAcceptable: boolean | null
  readonly alert: TlsAlert | null
}

export function viewTrial({ status, failure, handshake, refusal }: TargetTrial): TrialView {
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
