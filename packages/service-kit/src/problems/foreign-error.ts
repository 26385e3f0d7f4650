import { CodedError, type ErrorCode, isCodedError } from '@mtls-gateway/domain'
import type { HttpException } from '@nestjs/common'

type Answer = readonly [code: ErrorCode, sentence: string, retryAfterSeconds?: number]

/**
 * Any error as one with a code of ours. Errors that are not meant for callers become `INTERNAL_ERROR` with a sentence
 * of its own, because their messages may contain paths, addresses or values.
 */
export function codedErrorOf(error: unknown): CodedError {
  if (isCodedError(error)) return error
  if (typeof error !== 'object' || error === null) return internal(error)
  return storeFailure(error) ?? nestFailure(error) ?? fastifyFailure(error) ?? internal(error)
}

function internal(cause: unknown): CodedError {
  const sentence = 'Something went wrong in the gateway. Tell its operator the request id.'
  return new CodedError('INTERNAL_ERROR', sentence, { cause })
}

function failureOf([code, sentence, retryAfterSeconds]: Answer, cause: object): CodedError {
  return new CodedError(code, sentence, { cause, ...(retryAfterSeconds && { retryAfterSeconds }) })
}

const unavailable: Answer = [
  'STORE_UNAVAILABLE',
  'The store of accounts and keys cannot be used now. Try again later.',
  5,
]
const damaged: Answer = ['STORE_DAMAGED', 'The stored data is damaged. Ask the operator to restore it.']

/** By the reason of a StoreError. The operator must fix `forbidden`; for the caller it is an outage. */
const byReason: Readonly<Record<string, Answer>> = {
  unavailable,
  forbidden: unavailable,
  conflict: ['ACCOUNT_BUSY', 'This account is being changed by too many requests at once. Try again.', 1],
  refused: [
    'STORE_REFUSED',
    'The store refused to write this. Nothing was changed; the operator finds the reason in the log.',
  ],
  'not-writable': [
    'STORE_NOT_WRITABLE',
    'The disk of the store takes no writes. Nothing was changed; the operator finds the cause in the log.',
  ],
  damaged,
  deleted: damaged,
  'too-large': ['ACCOUNT_FULL', 'The account is full. Delete what is no longer used.'],
}

/** The caller's view of an error of a secret store, recognised by its shape. */
function storeFailure(error: object): CodedError | undefined {
  if (!('name' in error) || error.name !== 'StoreError' || !('reason' in error)) return undefined
  const answer = Object.entries(byReason).find(([reason]) => reason === error.reason)?.[1]
  return answer && failureOf(answer, error)
}

const notFound: Answer = [
  'NOT_FOUND',
  'This service has nothing at this path. Check the path, and which service the url leads to.',
]

/** For Nest's own errors, by status. Our own sentences: Nest's repeat the url with its query. */
const byStatus: Readonly<Record<number, Answer>> = {
  403: ['SCOPE_MISSING', 'These credentials may not do this.'],
  404: notFound,
  // As hooks refuse it (`throttling`); the guard behind them does not say how long to wait.
  429: ['RATE_LIMITED', 'Too many requests from this address. Wait and try again.', 1],
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
  FST_REQ_FILE_TOO_LARGE: ['BODY_TOO_LARGE', 'The body is larger than this resource accepts.'],
  FST_PROTO_VIOLATION: ['MALFORMED_MULTIPART', 'A part of the multipart body has a name that is not allowed.'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'This resource takes multipart/form-data.'],
  FST_INVALID_JSON_FIELD_ERROR: ['MALFORMED_JSON', 'A part of the multipart body is not valid JSON.'],
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
