import { problemStatus } from '@mtls-gateway/contract'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { explainTransportError, isTargetDown, isTargetThere } from '@mtls-gateway/outbound'
import type { AnswerWatch } from './answer-relay.ts'

/**
 * 424 for a call that got no answer from its target. Errors that have a code stay as they are.
 * @param presented the certificate of the call, as in LP-presented-certificate
 * @param watch is told if the target is down, hangs, or is there all the same
 */
export function targetUnreachable(
  error: unknown,
  target: string,
  presented: string | undefined,
  watch: AnswerWatch,
): CodedError {
  if (isCodedError(error)) return error
  const failure = explainTransportError(error, target)
  const { code, message, phase } = failure
  if (isTargetDown(error, failure)) watch.failed(code)
  else if (code === 'TIMEOUT' && phase === 'exchange') watch.gaveUp()
  else if (isTargetThere(error, failure)) watch.answered()
  const wasShown = presented !== undefined && (phase === 'handshake' || phase === 'exchange')
  const details = { transportCode: code, phase, ...(wasShown && { presentedCertificate: presented }) }
  return new CodedError('TARGET_UNREACHABLE', message, { cause: error, details })
}

/**
 * The header fields that say of each 424 why the target was not called, or did not answer (docs/calling.md): clients of
 * the original API tell by the message that the answer is not the target's.
 */
export function transportHeaders({ code, message, details }: CodedError): Readonly<Record<string, string>> {
  if (problemStatus[code] !== 424) return {}
  const said = { 'LP-message-from-transport': message }
  if (code !== 'TARGET_UNREACHABLE') return said
  const { transportCode, presentedCertificate: presented } = details
  return {
    ...said,
    'LP-error-from-transport': String(transportCode),
    ...(presented !== undefined && { 'LP-presented-certificate': String(presented) }),
  }
}
