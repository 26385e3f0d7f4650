import type { TargetAnswer } from '../answer-collector.ts'

/** nginx's, for a certificate that did not verify and one that was not sent; it answers 400 unless told otherwise. */
const refusalStatuses: ReadonlySet<number> = new Set([400, 495, 496])
/** nginx 1.x, src/http/ngx_http_special_response.c: the handshake takes any certificate, and this is all it says. */
const refusalTexts: readonly string[] = ['No required SSL certificate was sent', 'The SSL certificate error']

/** Whether an answer may be one of a target that refuses a client certificate by HTTP; its body tells. */
export function mayRefuseCertificate({ status }: TargetAnswer): boolean {
  return refusalStatuses.has(status)
}

/** The words by which an answer refuses the client certificate; undefined if it does not. */
export function certificateRefusal(answer: TargetAnswer): string | undefined {
  if (!mayRefuseCertificate(answer)) return undefined
  const body = answer.body.toString('latin1')
  return refusalTexts.find((text) => body.includes(text))
}
