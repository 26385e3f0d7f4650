import type { TransportCode } from '../../failures/transport-codes.ts'
import type { TargetTrial } from './target-trials.ts'

/** Of a url that was not called. */
export function untriedTrial({
  code,
  message,
}: {
  readonly code: TransportCode
  readonly message: string
}): TargetTrial {
  return {
    ok: false,
    status: undefined,
    failure: { code, message },
    clientCertificate: 'unknown',
    explanation: message,
    handshake: undefined,
    refusal: undefined,
  }
}
