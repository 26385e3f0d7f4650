import { connectionFacts } from './connection-facts.ts'
import type { TransportFailure } from './explain-transport-error.ts'
import type { TransportCode } from './transport-codes.ts'

/** With these a target is not there, or not working, for whatever call. */
const down: ReadonlySet<TransportCode> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'TIMEOUT',
  'ECONNRESET',
  'SOCKET_CLOSED',
  'TARGET_TLS_VERSION_UNSUPPORTED',
  'TARGET_TLS_CIPHER_MISMATCH',
  'TARGET_PROTOCOL_MISMATCH',
  'TARGET_NOT_TLS',
  'TLS_HANDSHAKE_FAILED',
])

/** Our own ends of a call. */
const ended: ReadonlySet<TransportCode> = new Set(['CALL_ABORTED', 'SHUTTING_DOWN', 'CLIENT_CERTIFICATE_DELETED'])

/**
 * Whether a call failed because its target is down: any other one would fail as well. What happens after the target has
 * shown its certificate is no such failure, as it may be about the client certificate, or that there is none, or about
 * the request. Nor is a call that was not answered in time: its handler has been told before (`onLongUnanswered`).
 */
export function isTargetDown(error: unknown, { code, phase }: TransportFailure): boolean {
  if (!down.has(code)) return false
  const facts = connectionFacts(error)
  if (facts === undefined) return code !== 'TIMEOUT'
  return phase !== 'exchange' && !facts.targetCertificateSeen
}

/** Whether a target that failed a call has shown by this that it is there: it got as far as its certificate. */
export function isTargetThere(error: unknown, { code }: TransportFailure): boolean {
  return code !== 'TIMEOUT' && !ended.has(code) && connectionFacts(error)?.targetCertificateSeen === true
}
