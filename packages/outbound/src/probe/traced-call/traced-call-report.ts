import { X509Certificate } from 'node:crypto'
import { CodedError, distinguishedName } from '@mtls-gateway/domain'
import type { JobOutcome } from '@mtls-gateway/isolated-jobs'
import { explainTransportError } from '../../failures/explain-transport-error.ts'
import { TransportError } from '../../failures/transport-error.ts'
import { splitCertificates } from '../../identities/certificate-list.ts'
import type { TargetCallReport } from '../call.ts'
import { type HandshakeTrace, readHandshakeTrace } from '../trace/handshake-trace.ts'
import { type CertificateVerdict, judgeCertificate } from '../verdict/certificate-verdict.ts'

export interface TracedCallReport extends TargetCallReport {
  readonly verdict: CertificateVerdict
  readonly trace: HandshakeTrace
  /**
   * Whether one of the certificates was issued by an issuer that the target named (RFC 8446 section 4.4.2.2); undefined
   * where it named none.
   */
  readonly chainAcceptable: boolean | undefined
}

/** How much of its standard error is kept. The handshake comes first; each piece of an answer adds a hundred bytes. */
export const maxTraceBytes = 1024 * 1024

/**
 * What a process that has made a traced call reports: its answer, and OpenSSL's trace on its standard error.
 * @param certificates PEM: those that it presented
 * @throws CodedError `INTERNAL_ERROR` unless it was the deadline that kept the process from reporting
 */
export function tracedCallReport(
  { answer, stderr, late }: JobOutcome<TargetCallReport>,
  certificates: string | undefined,
  target: string,
): TracedCallReport {
  if (answer === undefined && !late) {
    throw new CodedError('INTERNAL_ERROR', 'The process that makes the call broke. Send the request again.')
  }
  const trace = readHandshakeTrace(stderr)
  const chainAcceptable = isAcceptable(certificates ?? '', trace)
  // What is undefined does not come through the pipe of the process.
  const { answer: given, failure, handshake, targetChain } = answer ?? tooLate(target)
  const report = { answer: given, failure, handshake, targetChain, trace, chainAcceptable }
  // Without a certificate there is none to withhold.
  const judged = certificates === undefined ? { ...trace, clientCertificateWithheld: false } : trace
  return { ...report, verdict: judgeCertificate({ ...report, trace: judged, target }) }
}

function isAcceptable(certificates: string, { acceptableIssuers }: HandshakeTrace): boolean | undefined {
  if (acceptableIssuers.length === 0) return undefined
  const issuers = splitCertificates(certificates).map((pem) => distinguishedName(new X509Certificate(pem).issuer))
  return issuers.some((issuer) => acceptableIssuers.includes(issuer))
}

function tooLate(target: string): TargetCallReport {
  const failure = explainTransportError(new TransportError('TIMEOUT'), target)
  return { answer: undefined, failure, handshake: undefined }
}
