import type { TargetAnswer } from '../../http1/exchange.ts'

/** nginx's, for a certificate that did not verify and one that was not sent; it answers 400 unless told otherwise. */
const refusalStatuses: ReadonlySet<number> = new Set([400, 495, 496])
/** nginx 1.x, src/http/ngx_http_special_response.c: the handshake takes any certificate, and this is all it says. */
const refusalTexts: readonly string[] = ['No required SSL certificate was sent', 'The SSL certificate error']
/** httpd 2.4, modules/ssl/ssl_engine_kernel.c: the client does not offer to be asked later (RFC 8446 section 4.6.2). */
const lateRequestText = 'Cannot perform Post-Handshake Authentication'

/** Whether an answer may be one of a target that refuses a client certificate by HTTP; its body tells. */
export function mayRefuseCertificate({ status }: TargetAnswer): boolean {
  return refusalStatuses.has(status)
}

/** The words by which an answer refuses the client certificate; undefined if it does not. */
export function certificateRefusal(answer: TargetAnswer): string | undefined {
  if (!mayRefuseCertificate(answer)) return undefined
  return refusalTexts.find((text) => hasText(answer, text))
}

/** Apache asks for a client certificate after the handshake, and says that it cannot. */
export function asksTooLate(answer: TargetAnswer): boolean {
  return answer.status === 403 && hasText(answer, lateRequestText)
}

/** HAProxy, nginx and applications refuse a certificate so when the handshake is over, and much else as well. */
export function mayForbidForCertificate(status: number | undefined): boolean {
  return status === 401 || status === 403
}

function hasText({ body }: TargetAnswer, text: string): boolean {
  return body.includes(text, 0, 'latin1')
}
