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

/** A target that has seen a client certificate may end the connection because of it, with or without saying so. */
const maybeByCertificate: ReadonlySet<TransportCode> = new Set(['ECONNRESET', 'SOCKET_CLOSED', 'TLS_HANDSHAKE_FAILED'])

/**
 * Whether a call failed because its target is down: with other certificates and trusted CAs it would fail as well. A
 * call that was not answered in time is no such failure: its handler has been told before (`onLongUnanswered`).
 */
export function isTargetDown(error: unknown, { code, phase }: TransportFailure): boolean {
  if (!down.has(code)) return false
  const facts = connectionFacts(error)
  if (code === 'TIMEOUT') return facts !== undefined && phase !== 'exchange'
  if (!maybeByCertificate.has(code) || facts === undefined) return true
  return !facts.hadClientCertificate || !facts.targetCertificateSeen || facts.answeredBefore
}
