import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, isJson, readBodyBytes, readJsonBody } from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { noteBody } from '../idempotency/idempotency-mark.ts'

const maxPemBytes = 256 * 1024
/** Every line break of a PEM text takes two characters in JSON. */
const maxJsonBytes = 2 * maxPemBytes
const bodySchema = z.strictObject({ certificate: z.string() })

/**
 * Certificates as PEM: the body itself, whatever type it says it has (curl names a form), or `{"certificate": PEM}`.
 * @throws CodedError `LIMIT_EXCEEDED`, `BODY_TOO_LARGE`, `MALFORMED_JSON`, `VALIDATION_FAILED`
 */
export async function readPemBody(request: AuthenticatedRequest): Promise<string> {
  const pem = isJson(request)
    ? readField(await readJsonBody(request.raw, maxJsonBytes, undefined))
    : (await readBodyBytes(request.raw, { maxBytes: maxPemBytes })).toString('utf8')
  if (Buffer.byteLength(pem) > maxPemBytes) throw limitExceeded('certificate', maxPemBytes, 'bytes (256 KiB)')
  noteBody(request, pem)
  return pem
}

function readField(body: unknown): string {
  const { success, data } = bodySchema.safeParse(body)
  if (success) return data.certificate
  throw new CodedError('VALIDATION_FAILED', 'Send the signed certificate as PEM, or as JSON: {"certificate": PEM}.')
}
