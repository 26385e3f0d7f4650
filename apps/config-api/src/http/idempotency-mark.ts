import { createHash } from 'node:crypto'
import { CodedError, type IdempotencyMark } from '@mtls-gateway/domain'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'

const keyShape = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/
const bodyDigests = new WeakMap<AuthenticatedRequest, string>()

/** Notes what a body says, for resources that parse it themselves: a form's boundaries differ each time it is sent. */
export function noteBody(request: AuthenticatedRequest, ...parts: readonly (string | Uint8Array)[]): void {
  bodyDigests.set(request, digest(...parts))
}

/**
 * The mark of a request with an Idempotency-Key (the IETF's draft-ietf-httpapi-idempotency-key-header), once its body
 * has been read. It is stored with the account, and the body may have a secret in it: the key, which is stored nowhere,
 * keeps whoever reads the mark from guessing.
 * @throws CodedError `VALIDATION_FAILED` for a key that is not 1-128 visible characters
 */
export function idempotencyMark(request: AuthenticatedRequest): IdempotencyMark | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !keyShape.test(key)) {
    throw new CodedError('VALIDATION_FAILED', 'The Idempotency-Key has 1-128 visible characters of ASCII.')
  }
  const body = bodyDigests.get(request) ?? digest(JSON.stringify(request.body) ?? '')
  return {
    key: digest(request.principal.subject, key),
    request: digest(key, request.method, request.originalUrl, body),
  }
}

function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  // Each part follows its length, so that different lists never look the same.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('base64url').slice(0, 22)
}
