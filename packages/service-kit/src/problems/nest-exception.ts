import { CodedError, type ErrorCode } from '@mtls-gateway/domain'
import type { HttpException } from '@nestjs/common'

type Answer = readonly [code: ErrorCode, sentence: string]

/** Our own sentences: Nest's repeat the url with its query. */
const byStatus: Readonly<Record<number, Answer>> = {
  401: ['CREDENTIALS_MISSING', 'This resource requires credentials.'],
  403: ['SCOPE_MISSING', 'These credentials may not do this.'],
  404: ['NOT_FOUND', 'This service has nothing at this path. Check the path, and which service the url leads to.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than this resource accepts.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'This resource does not accept this Content-Type.'],
  429: ['RATE_LIMITED', 'Too many requests from this address. Wait and try again.'],
}

/** By shape: an application may have a copy of Nest of its own. */
export function isHttpException(error: object): error is HttpException {
  if (!('getStatus' in error && 'getResponse' in error)) return false
  return typeof error.getStatus === 'function' && typeof error.getResponse === 'function'
}

/** The caller's view of Nest's HttpException; undefined if the caller did not cause it. */
export function nestFailure(error: HttpException): CodedError | undefined {
  const status = error.getStatus()
  if (status === 400) return validationFailure(error.getResponse())
  const answer = byStatus[status]
  if (answer) return new CodedError(...answer, { cause: error })
  return status < 500 ? new CodedError('MALFORMED_REQUEST', 'The request is malformed.', { cause: error }) : undefined
}

/** Nest's pipes put a list of messages, each with its path, into the response of a BadRequestException. */
function validationFailure(response: unknown): CodedError {
  const message =
    typeof response === 'object' && response !== null && 'message' in response ? response.message : response
  const messages = (Array.isArray(message) ? message : [message]).filter((item) => typeof item === 'string')
  const sentence =
    messages.length === 0 ? 'The request does not have the form that this resource expects.' : messages.join('; ')
  return new CodedError('VALIDATION_FAILED', sentence, messages.length > 1 ? { details: { errors: messages } } : {})
}
