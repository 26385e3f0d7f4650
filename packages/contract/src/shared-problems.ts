import type { ErrorCode } from '@mtls-gateway/domain/words'
import type { Operation } from './operation.ts'

const anywhere = ['MALFORMED_REQUEST', 'DUPLICATE_HEADER', 'RATE_LIMITED', 'SHUTTING_DOWN', 'INTERNAL_ERROR'] as const

const anyCredentials = ['CREDENTIALS_MISSING', 'CREDENTIAL_KIND_NOT_TAKEN', 'CALLER_CERTIFICATE_INVALID'] as const

/** For operations that need an account. */
const store = ['STORE_UNAVAILABLE', 'STORE_DAMAGED', 'STORE_NEWER'] as const

const byKind = {
  oauth1: [
    'OAUTH_MALFORMED',
    'OAUTH_CREDENTIALS_INVALID',
    'OAUTH_TIMESTAMP_OUT_OF_WINDOW',
    'TIMESTAMP_BEFORE_START',
    'OAUTH_NONCE_REPLAYED',
    'OAUTH_BODY_HASH_MISMATCH',
    'COORDINATION_UNAVAILABLE',
  ],
  bearer: ['TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_ISSUER_UNAVAILABLE'],
} as const

/** A body that nobody asked for must be JSON as well, unless the operation hands it on. */
const anyBody = [
  'UNSUPPORTED_MEDIA_TYPE',
  'MALFORMED_JSON',
  'BODY_TOO_LARGE',
  'BODY_TOO_SLOW',
  'TOO_MANY_BODIES',
] as const

const checked = ['VALIDATION_FAILED', 'LIMIT_EXCEEDED'] as const

const ofChange = [
  'VALIDATION_FAILED',
  'PRECONDITION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
  'ACCOUNT_BUSY',
  'ACCOUNT_FULL',
  'STORE_REFUSED',
  'STORE_NOT_WRITABLE',
] as const

/** Every code that an operation may be answered with: those of its kind, and its own. Each once. */
export function problemCodes(operation: Operation): readonly ErrorCode[] {
  const { path, query, body, changes, forwards, method, problems = [] } = operation
  const credentials = operation.credentials === 'none' ? undefined : operation.credentials
  const isOfAccount = path.includes('{accountId}')
  const isRead = method === 'GET' && !forwards
  return [
    ...new Set<ErrorCode>([
      ...anywhere,
      ...(credentials ? anyCredentials : []),
      ...(credentials || body ? store : []),
      ...(credentials && credentials.scope !== 'any' ? (['SCOPE_MISSING'] as const) : []),
      ...(credentials?.kinds.flatMap((kind) => byKind[kind]) ?? []),
      ...(isOfAccount ? (['ACCOUNT_ID_INVALID'] as const) : []),
      ...(isOfAccount && credentials ? (['WRONG_ACCOUNT'] as const) : []),
      ...((credentials || body) && !forwards ? anyBody : []),
      ...(query || body ? checked : []),
      ...(query && 'cursor' in query.shape ? (['CURSOR_UNKNOWN'] as const) : []),
      ...(body?.form ? (['MALFORMED_MULTIPART'] as const) : []),
      ...(changes ? ofChange : []),
      // Reads and changes of large accounts take turns.
      ...(credentials && isOfAccount && (isRead || changes) ? (['TOO_MANY_CALLS'] as const) : []),
      ...problems,
    ]),
  ]
}
