import type { TransportCode } from '../../failures/transport-codes.ts'
import type { ProbedTarget } from './target-probes.ts'

/** What a probe says of a url that was not called. */
export function unprobedTarget({
  code,
  message,
}: {
  readonly code: TransportCode
  readonly message: string
}): ProbedTarget {
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
