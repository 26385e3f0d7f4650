import type { CertificateOutcome } from '@mtls-gateway/domain'
import { explainTransportError } from '../failures/explain-transport-error.ts'
import { certificateRefusals, closures, isAboutCertificate } from '../failures/tls-failures.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { TransportCode } from '../failures/transport-sentences.ts'
import type { TargetAnswer } from '../http1/exchange.ts'
import type { TargetCallReport } from './call.ts'
import type { HandshakeTrace } from './handshake-trace.ts'

export interface CertificateVerdict {
  readonly outcome: CertificateOutcome
  /** Why the call is no success: it got no answer, or one that refuses the certificate. */
  readonly failure: { readonly code: TransportCode; readonly message: string } | undefined
  /** What happened, who must fix it, and how. */
  readonly explanation: string
}

/** A call that was made, as far as its trace tells. */
interface JudgedCall extends Pick<TargetCallReport, 'answer' | 'failure' | 'handshake'> {
  /** Host and port, for the sentences. */
  readonly target: string
  readonly trace: HandshakeTrace
}

/** The one place that says of a call what the target makes of the client certificate. */
export function judgeCertificate(call: JudgedCall): CertificateVerdict {
  const { target, trace, failure, answer } = call
  if (trace.clientCertificateWithheld && (failure === undefined || isAboutCertificate(failure.code))) {
    return failed('refused', target, 'TARGET_REJECTED_CLIENT_KEY_TYPE', trace.acceptableSignatures.join(', '))
  }
  if (failure !== undefined) return judgeFailure(call, failure)
  if (answer !== undefined) return judgeAnswer(call, answer)
  throw new TypeError('a call has an answer or a failure')
}

function judgeFailure(call: JudgedCall, failure: NonNullable<JudgedCall['failure']>): CertificateVerdict {
  const { code, message } = failure
  if (closures.has(code)) return judgeClosure(call, code, message)
  const notRefused = code === 'TARGET_ASKS_AFTER_HANDSHAKE' ? 'not-asked' : 'unknown'
  const outcome = certificateRefusals.has(code) ? 'refused' : notRefused
  return { outcome, failure: { code, message }, explanation: message }
}

function judgeClosure(
  { target, handshake, trace }: JudgedCall,
  code: TransportCode,
  message: string,
): CertificateVerdict {
  const closed = (outcome: CertificateOutcome, sentence: string) => ({
    outcome,
    failure: { code, message: sentence },
    explanation: sentence,
  })
  if (!trace.clientCertificateRequested && handshake === undefined) return closed('unknown', message)
  if (!trace.clientCertificateRequested)
    return closed('not-asked', closedSentences.notAsked(target, trace.protocolChosen))
  if (trace.completedByTarget && trace.closedInOrder) return closed('accepted', closedSentences.accepted(target))
  return trace.chainAcceptable === false
    ? closed('refused', closedSentences.strange(target))
    : closed('doubtful', message)
}

function judgeAnswer(call: JudgedCall, answer: NonNullable<JudgedCall['answer']>): CertificateVerdict {
  const { target, trace } = call
  const { status } = answer
  const words = certificateRefusal(answer)
  if (words !== undefined) {
    return failed('refused', target, 'TARGET_REJECTED_CLIENT_CERTIFICATE', `it answered ${status} "${words}"`)
  }
  // Apache asks for a client certificate after the handshake, and says that it cannot.
  if (status === 403 && hasText(answer, lateRequestText))
    return failed('not-asked', target, 'TARGET_ASKS_AFTER_HANDSHAKE')
  const isForbidden = mayForbidForCertificate(status)
  if (!trace.clientCertificateRequested) {
    const sentence = isForbidden ? outcomeSentences.forbiddenUnasked : outcomeSentences.notAsked
    return { outcome: 'not-asked', failure: undefined, explanation: sentence(target, status) }
  }
  if (!isForbidden) {
    return { outcome: 'accepted', failure: undefined, explanation: outcomeSentences.accepted(target, status) }
  }
  if (trace.chainAcceptable === false) {
    const detail = `it answered ${status}, and no certificate of the chain comes from an issuer that it names`
    return failed('refused', target, 'TARGET_REJECTED_CLIENT_CERTIFICATE', detail)
  }
  return { outcome: 'doubtful', failure: undefined, explanation: outcomeSentences.doubtful(target, status) }
}

function failed(outcome: CertificateOutcome, target: string, code: TransportCode, detail = ''): CertificateVerdict {
  const { message } = explainTransportError(new TransportError(code, { detail }), target)
  return { outcome, failure: { code, message }, explanation: message }
}

/** nginx's, for a certificate that did not verify and one that was not sent; it answers 400 unless told otherwise. */
const refusalStatuses: ReadonlySet<number> = new Set([400, 495, 496])
/** nginx 1.x, src/http/ngx_http_special_response.c: the handshake takes any certificate, and this is all it says. */
const refusalTexts: readonly string[] = ['No required SSL certificate was sent', 'The SSL certificate error']
/** httpd 2.4, modules/ssl/ssl_engine_kernel.c: the client does not offer to be asked later (RFC 8446 section 4.6.2). */
const lateRequestText = 'Cannot perform Post-Handshake Authentication'

/** Whether an answer may be one of a target that refuses a client certificate by HTTP; its body tells. */
export function mayRefuseCertificate(status: number | undefined): boolean {
  return status !== undefined && refusalStatuses.has(status)
}

/** The words by which an answer refuses the client certificate; undefined if it does not. */
function certificateRefusal(answer: TargetAnswer): string | undefined {
  if (!mayRefuseCertificate(answer.status)) return undefined
  return refusalTexts.find((text) => hasText(answer, text))
}

/** HAProxy, nginx and applications refuse a certificate so when the handshake is over, and much else as well. */
export function mayForbidForCertificate(status: number | undefined): boolean {
  return status === 401 || status === 403
}

function hasText({ body }: TargetAnswer, text: string): boolean {
  return body.includes(text, 0, 'latin1')
}

type Sentence = (target: string, status: number) => string

/** For answers over HTTP, by what they say of the client certificate. */
const outcomeSentences: Readonly<Record<'accepted' | 'doubtful' | 'notAsked' | 'forbiddenUnasked', Sentence>> = {
  accepted: (_, status) => `The target took the certificate and answered ${status}.`,
  doubtful: (target, status) =>
    `${target} asked for the certificate and answered ${status}. It may refuse the certificate in this way, or the request may only lack something else, such as credentials. Ask its owner whether this certificate is registered there.`,
  notAsked: (target, status) =>
    `${target} answered ${status} and did not ask for a client certificate, so the call says nothing about this one.`,
  forbiddenUnasked: (target, status) =>
    `${target} answered ${status} and did not ask for a client certificate in the handshake. If it needs one for this path only, it would ask after the handshake, as Apache does, which this gateway cannot answer. Then the target has to ask in the handshake, for the whole host or a host name of its own.`,
}

/** For connections that the target closed without an answer. */
const closedSentences = {
  accepted: (target: string): string =>
    `${target} accepted the certificate in the handshake and then closed the connection without an answer. The certificate is not the reason; the log of the target tells it.`,
  notAsked: (target: string, protocolChosen: boolean): string =>
    `${target} closed the connection without an answer and did not ask for a client certificate, so that is not the reason. ${
      protocolChosen
        ? 'The log of the target tells it.'
        : 'It did not choose HTTP/1.1 when that was offered (ALPN): if it speaks only HTTP/2, it has to enable HTTP/1.1. Otherwise its log tells the reason.'
    }`,
  strange: (target: string): string =>
    `${target} closed the connection when it had the certificate, and no certificate of the chain comes from an issuer that it names. Use a certificate of one of those issuers.`,
} as const
