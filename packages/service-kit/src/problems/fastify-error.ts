import { CodedError, type ErrorCode } from '@mtls-gateway/domain'

type Answer = readonly [code: ErrorCode, sentence: string]

const tooLarge: Answer = ['BODY_TOO_LARGE', 'The body is larger than this resource accepts.']
const notMultipart: Answer = ['UNSUPPORTED_MEDIA_TYPE', 'This resource takes multipart/form-data.']
const cutMultipart: Answer = ['MALFORMED_MULTIPART', 'The multipart body ended before its last boundary.']

/** Codes of fastify, @fastify/multipart and node's http that a caller's request can cause. */
const byCode: Readonly<Record<string, Answer>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['MALFORMED_JSON', 'The body is empty, but its Content-Type says JSON.'],
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'This resource does not accept this Content-Type.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['MALFORMED_REQUEST', 'The body is not as long as its Content-Length says.'],
  FST_ERR_BAD_URL: ['MALFORMED_REQUEST', 'The path of the request is not a valid url path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['MALFORMED_REQUEST', 'A segment of the path is too long.'],
  FST_ERR_VALIDATION: ['VALIDATION_FAILED', 'The request does not have the form that this resource expects.'],
  FST_ERR_NOT_FOUND: [
    'NOT_FOUND',
    'This service has nothing at this path. Check the path, and which service the url leads to.',
  ],
  FST_PARTS_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many parts.'],
  FST_FILES_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many files.'],
  FST_FIELDS_LIMIT: ['LIMIT_EXCEEDED', 'The multipart body has too many fields.'],
  FST_REQ_FILE_TOO_LARGE: tooLarge,
  FST_PROTO_VIOLATION: ['MALFORMED_MULTIPART', 'A part of the multipart body has a name that is not allowed.'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: notMultipart,
  FST_INVALID_JSON_FIELD_ERROR: ['MALFORMED_JSON', 'A part of the multipart body is not valid JSON.'],
  FST_MP_PREMATURE_CLOSE: cutMultipart,
  ECONNRESET: ['MALFORMED_REQUEST', 'The connection ended before the body did.'],
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
export function fastifyFailure(error: object): CodedError | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const message = 'message' in error && typeof error.message === 'string' ? error.message : ''
  const known = Object.hasOwn(byCode, code) ? byCode[code] : byMessage.find(([pattern]) => pattern.test(message))?.[1]
  // A reset counts only if Fastify was reading the body. In that case it gave the error a status.
  const answer = known && (code !== 'ECONNRESET' || isClientStatus(error)) ? known : undefined
  if (answer) return new CodedError(...answer, { cause: error })
  return isClientStatus(error) ? new CodedError('MALFORMED_REQUEST', 'The request is malformed.') : undefined
}

function isClientStatus(error: object): boolean {
  if (!('statusCode' in error) || typeof error.statusCode !== 'number') return false
  return error.statusCode >= 400 && error.statusCode < 500
}
