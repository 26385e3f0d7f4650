import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { explainTransportError } from '@mtls-gateway/outbound'

/** 424 for a call that got no answer from its target. Errors that have a code stay as they are. */
export function targetUnreachable(error: unknown, target: string): CodedError {
  if (isCodedError(error)) return error
  const { code, message, phase } = explainTransportError(error, target)
  return new CodedError('TARGET_UNREACHABLE', message, { cause: error, details: { transportCode: code, phase } })
}

/** The header fields that describe it to the caller (docs/calling.md). */
export function transportHeaders({ code, message, details }: CodedError): Readonly<Record<string, string>> {
  if (code !== 'TARGET_UNREACHABLE') return {}
  return { 'LP-message-from-transport': message, 'LP-error-from-transport': String(details.transportCode) }
}
