import { signatureName } from '@mtls-gateway/certificate-rules'
import { type ConnectionFacts, connectionFacts, type TransportPhase } from './connection-facts.ts'
import { type ClassifiedFailure, classifyTlsFailure, isAboutCertificate } from './tls-failures.ts'
import { isTransportError } from './transport-error.ts'
import { type Sentence, sentences, type TransportCode, transportCodes } from './transport-sentences.ts'

export interface TransportFailure {
  readonly code: TransportCode
  /** Whose side it is on and what to do; printable ASCII on one line, so that it fits into a header. */
  readonly message: string
  /** Undefined where no connection can be told to be at fault, such as after the caller's own time limit. */
  readonly phase: TransportPhase | undefined
}

/**
 * Turns what a connection of this package failed with into a stable code and a sentence.
 * @param target host and port as the caller knows them, for the sentence
 */
export function explainTransportError(error: unknown, target: string): TransportFailure {
  const facts = connectionFacts(error) ?? {}
  const { code, detail } = withWithheldCertificate(classify(tellingError(error), facts), facts)
  const sentence: Sentence = sentences[code]
  return { code, message: printable(sentence({ ...facts, target, detail })), phase: facts.phase }
}

const codesByNodeCode: Readonly<Record<string, TransportCode>> = {
  EPIPE: 'ECONNRESET',
  ENFILE: 'EMFILE',
  ETIMEDOUT: 'TIMEOUT',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'TIMEOUT',
}
const codesByName: Readonly<Record<string, TransportCode>> = {
  TimeoutError: 'TIMEOUT',
  AbortError: 'CALL_ABORTED',
}
/** A sentence goes into a header. */
const maxNamed = 40
const known: ReadonlySet<string> = new Set(transportCodes)

function classify(error: unknown, facts: ConnectionFacts): ClassifiedFailure {
  if (isTransportError(error)) return error
  if (!(error instanceof Error)) return { code: 'TRANSPORT_FAILED', detail: '' }
  const { name, message } = error
  // A DOMException has a number.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { code, detail: namesIn(error) }
  if (isKnown(code)) return { code, detail: code }
  if (facts.targetCertificateRefused) return { code: 'TARGET_CERTIFICATE_INVALID', detail: reasonOf(code, message) }
  const translated = codesByNodeCode[code] ?? codesByName[name]
  if (translated !== undefined) return { code: translated, detail: message }
  return classifyTlsFailure(code, message, facts) ?? { code: 'TRANSPORT_FAILED', detail: code || name }
}

/**
 * A target that takes no signature of our key gets no certificate from OpenSSL. What it then does, many do for other
 * reasons as well: require one, end the handshake, or close.
 */
function withWithheldCertificate(failure: ClassifiedFailure, facts: ConnectionFacts): ClassifiedFailure {
  if (facts.acceptedSignatures === undefined || facts.answeredBefore || !isAboutCertificate(failure.code)) {
    return failure
  }
  return {
    code: 'TARGET_REJECTED_CLIENT_KEY_TYPE',
    detail: facts.acceptedSignatures.slice(0, maxNamed).map(signatureName).join(', '),
  }
}

/** Node has no code for some of OpenSSL's reasons, such as a key that is too small. */
function reasonOf(code: string, message: string): string {
  return code === '' || code === 'UNSPECIFIED' ? message : code
}

/** Where several addresses were tried, the first failure tells as much as any. */
function tellingError(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error
}

function isKnown(code: string): code is TransportCode {
  return known.has(code)
}

/** The names that a certificate is for; its owner chose them, so they are shortened here and made printable below. */
function namesIn(error: unknown): string {
  const { cert } = error as { cert?: { subjectaltname?: string } }
  return cert?.subjectaltname?.slice(0, 200) ?? 'no names at all'
}

function printable(sentence: string): string {
  return sentence.replace(/[^\x20-\x7e]+/g, '?')
}

/** With these a target is not there, or not working, for whatever call. */
const down: ReadonlySet<TransportCode> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // Other failures of a proxy are none of the target's: its circuit stays closed.
  'EGRESS_PROXY_CANNOT_CONNECT',
  'EGRESS_PROXY_TIMEOUT',
  'TIMEOUT',
  'ECONNRESET',
  'SOCKET_CLOSED',
  'TARGET_PROTOCOL_MISMATCH',
  'TARGET_NOT_TLS',
  'TLS_HANDSHAKE_FAILED',
])

/** Our own ends of a call. */
const ended: ReadonlySet<TransportCode> = new Set([
  'CALL_ABORTED',
  'SHUTTING_DOWN',
  'CLIENT_CERTIFICATE_DELETED',
  'TARGET_TOO_COSTLY',
])

/**
 * Whether a call failed because its target is down: any other one would fail as well. What happens after the target has
 * shown its certificate is no such failure, as it may be about the client certificate, or that there is none, or about
 * the request. Nor is a call that was not answered in time: its handler has been told before (`onLongUnanswered`).
 */
export function isTargetDown(error: unknown, { code, phase }: TransportFailure): boolean {
  if (!down.has(code)) return false
  const facts = connectionFacts(error)
  if (facts === undefined) return code !== 'TIMEOUT'
  // What one mapping offers says nothing of calls that offer something else.
  if (facts.tls !== undefined && phase === 'handshake') return false
  return phase !== 'exchange' && !facts.targetCertificateSeen
}

/** Whether a target that failed a call has shown by this that it is there: it got as far as its certificate. */
export function isTargetThere(error: unknown, { code }: TransportFailure): boolean {
  return code !== 'TIMEOUT' && !ended.has(code) && connectionFacts(error)?.targetCertificateSeen === true
}
