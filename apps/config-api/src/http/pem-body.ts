import { limits, signedCertificate } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { checkBodyHash, isFormEncoded } from '@mtls-gateway/request-auth'
import { type AuthenticatedRequest, isJson, readBodyBytes, readJsonBody } from '@mtls-gateway/service-kit'
import { noteBody } from './idempotency-mark.ts'

/** Every line break of a PEM text takes two characters in JSON. */
const maxJsonBytes = 2 * limits.file

/**
 * Certificates as PEM: the body itself, or `{"certificate": PEM}`. With a token, whatever type it says it has, as curl
 * names a form.
 * @throws CodedError `LIMIT_EXCEEDED`, `BODY_TOO_LARGE`, `OAUTH_BODY_HASH_MISMATCH`, `UNSUPPORTED_MEDIA_TYPE`,
 *   `MALFORMED_JSON`, `VALIDATION_FAILED`
 */
export async function readPemBody(request: AuthenticatedRequest): Promise<string> {
  const pem = isJson(request)
    ? readField(await readJsonBody(request.raw, maxJsonBytes, request.bodyHash))
    : await readText(request)
  if (Buffer.byteLength(pem) > limits.file) throw limitExceeded('certificate', limits.file, 'bytes (256 KiB)')
  noteBody(request, pem)
  return pem
}

async function readText(request: AuthenticatedRequest): Promise<string> {
  // The parameters of a form are part of a signature (RFC 5849 section 3.4.1.3.1), and PEM has none.
  if (request.principal.kind === 'oauth1' && isFormEncoded(request.headers['content-type'])) {
    throw new CodedError(
      'UNSUPPORTED_MEDIA_TYPE',
      'A signed request cannot send PEM as a form. Send Content-Type: application/x-pem-file, or JSON.',
    )
  }
  const bytes = await readBodyBytes(request.raw, { maxBytes: limits.file })
  checkBodyHash(bytes, request.bodyHash)
  return bytes.toString('utf8')
}

function readField(body: unknown): string {
  const { success, data } = signedCertificate.safeParse(body)
  if (success) return data.certificate
  throw new CodedError('VALIDATION_FAILED', 'Send the signed certificate as PEM, or as JSON: {"certificate": PEM}.')
}
