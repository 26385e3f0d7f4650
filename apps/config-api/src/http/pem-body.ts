import { limits, signedCertificate } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, isJson, readBodyBytes, readJsonBody } from '@mtls-gateway/service-kit'
import { noteBody } from './idempotency-mark.ts'

/** Every line break of a PEM text takes two characters in JSON. */
const maxJsonBytes = 2 * limits.file

/**
 * Certificates as PEM: the body itself, whatever type it says it has (curl names a form), or `{"certificate": PEM}`.
 * @throws CodedError `LIMIT_EXCEEDED`, `BODY_TOO_LARGE`, `MALFORMED_JSON`, `VALIDATION_FAILED`
 */
export async function readPemBody(request: AuthenticatedRequest): Promise<string> {
  const pem = isJson(request)
    ? readField(await readJsonBody(request.raw, maxJsonBytes, undefined))
    : (await readBodyBytes(request.raw, { maxBytes: limits.file })).toString('utf8')
  if (Buffer.byteLength(pem) > limits.file) throw limitExceeded('certificate', limits.file, 'bytes (256 KiB)')
  noteBody(request, pem)
  return pem
}

function readField(body: unknown): string {
  const { success, data } = signedCertificate.safeParse(body)
  if (success) return data.certificate
  throw new CodedError('VALIDATION_FAILED', 'Send the signed certificate as PEM, or as JSON: {"certificate": PEM}.')
}
