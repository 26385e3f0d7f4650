import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { explainTransportError } from '@mtls-gateway/outbound'

/** 424 for a call that did not get an answer from its target; an error that is coded already stays as it is. */
export function targetUnreachable(error: unknown, target: string): CodedError {
  if (isCodedError(error)) return error
  const { code, message, phase } = explainTransportError(error, target)
  return new CodedError('TARGET_UNREACHABLE', message, { cause: error, details: { transportCode: code, phase } })
}

/** The header fields of the contract that tell of it. */
export function transportHeaders({ code, message, details }: CodedError): Readonly<Record<string, string>> {
  if (code !== 'TARGET_UNREACHABLE') return {}
  return { 'LP-message-from-transport': message, 'LP-error-from-transport': String(details.transportCode) }
}
