import { CodedError, type ErrorCode, isCodedError } from '@mtls-gateway/domain'
import type { HttpException } from '@nestjs/common'

type Answer = readonly [code: ErrorCode, sentence: string]

/**
 * Any error as one with a code of ours. Errors that are not meant for callers become `INTERNAL_ERROR` with a sentence
 * of its own, because their messages may contain paths, addresses or values.
 */
export function codedErrorOf(error: unknown): CodedError {
  if (isCodedError(error)) return error
  if (typeof error !== 'object' || error === null) return internal(error)
  return nestFailure(error) ?? fastifyFailure(error) ?? internal(error)
}

function internal(cause: unknown): CodedError {
  const sentence = 'Something went wrong in the gateway. Tell its operator the request id.'
  return new CodedError('INTERNAL_ERROR', sentence, { cause })
}

function failureOf([code, sentence]: Answer, cause: object): CodedError {
  return new CodedError(code, sentence, { cause })
}

const notFound: Answer = [
  'NOT_FOUND',
  'This service has nothing at this path. Check the path, and which service the url leads to.',
]

/** For Nest's own errors, by status. Our own sentences: Nest's repeat the url with its query. */
const byStatus: Readonly<Record<number, Answer>> = {
  403: ['SCOPE_MISSING', 'These credentials may not do this.'],
  404: notFound,
}

function nestFailure(error: object): CodedError | undefined {
  if (!isHttpException(error)) return undefined
  const status = error.getStatus()
  return status < 500 ? failureOf(byStatus[status] ?? malformed, error) : undefined
}

/** By shape: an application may have a copy of Nest of its own. */
function isHttpException(error: object): error is HttpException {
  return 'getStatus' in error && typeof error.getStatus === 'function'
}

const malformed: Answer = ['MALFORMED_REQUEST', 'The request is malformed.']
const cutMultipart: Answer = ['MALFORMED_MULTIPART', 'The multipart body ended before its last boundary.']

/** Codes of fastify and @fastify/multipart that a caller's request can cause. Bodies are read by us. */
const byCode: Readonly<Record<string, Answer>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'This resource does not accept this Content-Type.'],
  FST_ERR_BAD_URL: ['MALFORMED_REQUEST', 'The path of the request is not a valid url path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['MALFORMED_REQUEST', 'A segment of the path is too long.'],
  FST_ERR_NOT_FOUND: notFound,
  FST_PARTS_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many parts.'],
  FST_FILES_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many files.'],
  FST_FIELDS_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many fields.'],
  FST_PROTO_VIOLATION: ['MALFORMED_MULTIPART', 'A part of the multipart body has a name that is not allowed.'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'This resource takes multipart/form-data.'],
  FST_MP_PREMATURE_CLOSE: cutMultipart,
}

/** busboy's errors have no code; these are all that a caller can cause. */
const byMessage: readonly (readonly [RegExp, Answer])[] = [
  [
    /^Multipart: Boundary not found$/,
    ['MALFORMED_MULTIPART', 'The Content-Type of the multipart body has no boundary.'],
  ],
  [/unexpected end of multipart data$/i, cutMultipart],
]

/** The caller's view of an error of Fastify, its plugins or Node's HTTP parser; undefined if it is not the caller's. */
function fastifyFailure(error: object): CodedError | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const message = 'message' in error && typeof error.message === 'string' ? error.message : ''
  const known = Object.hasOwn(byCode, code) ? byCode[code] : byMessage.find(([pattern]) => pattern.test(message))?.[1]
  if (known) return failureOf(known, error)
  return isClientStatus(error) ? failureOf(malformed, error) : undefined
}

function isClientStatus(error: object): boolean {
  if (!('statusCode' in error) || typeof error.statusCode !== 'number') return false
  return error.statusCode >= 400 && error.statusCode < 500
}
