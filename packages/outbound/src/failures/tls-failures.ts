import type { ConnectionFacts } from './connection-facts.ts'
import type { TransportCode } from './transport-sentences.ts'

export interface ClassifiedFailure {
  readonly code: TransportCode
  readonly detail: string
}

/** What alerts say about a client certificate (RFC 8446 section 6.2), by number: names differ by OpenSSL version. */
const certificateAlerts: Readonly<Record<number, string>> = {
  42: 'bad certificate',
  43: 'unsupported certificate type or purpose; it may lack the clientAuth extended key usage',
  44: 'the certificate is revoked',
  45: 'the certificate has expired or is not valid yet',
  46: 'certificate unknown',
  48: 'unknown CA: the target does not trust its issuer, or an intermediate is missing from the chain',
  49: 'access denied',
  51: 'its signature could not be verified',
}

const handshakeFailure = 40
const illegalParameter = 47
const internalError = 80

/** What other alerts say, whatever was sent before. */
const otherAlerts: Readonly<Record<number, TransportCode>> = {
  70: 'TARGET_TLS_VERSION_UNSUPPORTED',
  71: 'TARGET_TLS_CIPHER_MISMATCH',
  112: 'TARGET_UNKNOWN_SERVER_NAME',
  116: 'TARGET_REQUIRES_CLIENT_CERTIFICATE',
  120: 'TARGET_PROTOCOL_MISMATCH',
}

/** The target said something about the client certificate, or that it had none. */
export const certificateRefusals: ReadonlySet<string> = new Set([
  'TARGET_REQUIRES_CLIENT_CERTIFICATE',
  'TARGET_REJECTED_CLIENT_CERTIFICATE',
  'TARGET_REJECTED_CLIENT_KEY_TYPE',
  'TARGET_REJECTED_CLIENT_CHAIN',
])
/** Many targets refuse a certificate by closing the connection, and others close it for a reason of their own. */
export const closures: ReadonlySet<string> = new Set(['SOCKET_CLOSED', 'ECONNRESET'])

/** Failures that the client certificate may have caused, by their `TransportCode`. */
export function isAboutCertificate(code: string): boolean {
  return certificateRefusals.has(code) || closures.has(code) || code === 'TLS_HANDSHAKE_FAILED'
}

const localFailures: Readonly<Record<string, TransportCode>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'TARGET_TLS_VERSION_UNSUPPORTED',
  ERR_SSL_WRONG_SSL_VERSION: 'TARGET_TLS_VERSION_UNSUPPORTED',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TARGET_NOT_TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TARGET_NOT_TLS',
  ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED: 'TARGET_LEGACY_RENEGOTIATION',
}

/** A failure that OpenSSL reported, alert or not; undefined if it is none. */
export function classifyTlsFailure(
  code: string,
  message: string,
  facts: ConnectionFacts,
): ClassifiedFailure | undefined {
  const alert = alertNumber(message)
  if (alert !== undefined) return classifyAlert(alert, facts)
  const known = localFailures[code]
  if (known !== undefined) return { code: known, detail: code }
  return code.startsWith('ERR_SSL_') || code === 'EPROTO' ? { code: 'TLS_HANDSHAKE_FAILED', detail: code } : undefined
}

/** The alert that OpenSSL reports as received. */
export function alertNumber(message: string): number | undefined {
  const number = /SSL alert number (\d+)/.exec(message)?.[1]
  return number === undefined ? undefined : Number(number)
}

function classifyAlert(alert: number, facts: ConnectionFacts): ClassifiedFailure {
  const detail = `TLS alert ${alert}`
  if (alert === handshakeFailure && facts.phase === 'exchange' && facts.isTls12) {
    // OpenSSL's servers answer with this alert where we refuse another handshake.
    return { code: 'TARGET_ASKS_AFTER_HANDSHAKE', detail }
  }
  const other = otherAlerts[alert]
  if (other !== undefined) return { code: other, detail }
  const mayBeAboutOurs = facts.hadClientCertificate && facts.targetCertificateSeen
  if (alert === internalError && mayBeAboutOurs) return { code: 'TARGET_REJECTED_CLIENT_CHAIN', detail }
  if (alert === illegalParameter && mayBeAboutOurs) {
    // OpenSSL's servers of TLS 1.2 answer so to a key on a curve that they do not take.
    return {
      code: 'TARGET_REJECTED_CLIENT_CERTIFICATE',
      detail: `it may not take the curve that its key is on (${detail})`,
    }
  }
  const aboutCertificate = certificateAlerts[alert]
  // TLS 1.2 has no certificate_required: after the target's own certificate the only thing left to object to is ours.
  if (alert === handshakeFailure && !facts.targetCertificateSeen) {
    return { code: 'TARGET_TLS_CIPHER_MISMATCH', detail }
  }
  if (aboutCertificate === undefined && alert !== handshakeFailure) return { code: 'TLS_HANDSHAKE_FAILED', detail }
  if (!facts.hadClientCertificate) return { code: 'TARGET_REQUIRES_CLIENT_CERTIFICATE', detail }
  return {
    code: 'TARGET_REJECTED_CLIENT_CERTIFICATE',
    detail: `${aboutCertificate ?? 'it ended the handshake without a reason; it may not take the type of its key, or a chain of its length'} (${detail})`,
  }
}
