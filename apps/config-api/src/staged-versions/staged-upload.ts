import { stagingForm } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { takenKind } from '@mtls-gateway/request-auth'
import { type AuthenticatedRequest, isJson, readJsonBody, requestContextOf } from '@mtls-gateway/service-kit'
import { fileEntry, jsonEntry } from '../certificates/upload/read-entries.ts'
import { noteBody } from '../http/idempotency-mark.ts'
import { readForm } from '../http/multipart-form.ts'

/** A list of bytes takes up to six characters each. */
const maxJsonBytes = 2 * 1024 * 1024

/**
 * A single P12 or PEM, as in an upload of certificates: as JSON, as a JSON list of one, or, with a token, as a file
 * with its password.
 * @throws CodedError: what is wrong with the request
 */
export async function readStagedUpload(request: AuthenticatedRequest): Promise<KeyMaterialInput> {
  if (request.isMultipart()) {
    refuseSigned(request)
    const form = await readForm(request, stagingForm)
    const hasPart = form.text('certificate') !== undefined
    const part = hasPart ? form.json('certificate') : { password: form.text('password') }
    return fileEntry(part, form.file).read().material
  }
  if (!isJson(request)) throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'Send this as JSON or as multipart/form-data.')
  const body = await readJsonBody(request.raw, maxJsonBytes, request.bodyHash)
  noteBody(request, JSON.stringify(body) ?? '')
  return jsonEntry(Array.isArray(body) && body.length === 1 ? body[0] : body).read().material
}

/** Files are uploaded with a token alone, as by the operations whose path ends in `by-file`. */
function refuseSigned({ headers, raw }: AuthenticatedRequest): void {
  const accepted = ['bearer'] as const
  requestContextOf(raw).accepted = accepted
  takenKind(headers.authorization, accepted)
}
