import { CodedError, checkName, parseCertificateId } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { boundedList, validationError } from '@mtls-gateway/service-kit'
import { z } from 'zod'
import type { CertificateEntry, CertificateRequest } from './certificate-entry.ts'
import { maxFileBytes, maxPasswordLength, pkcs12Input, readBytes } from './pkcs12-input.ts'

/** One certificate as clients send it; each is read on its own, so that a bad one does not stop the good ones. */
export const certificateListSchema = boundedList('certificates', 100, z.unknown())

/** What a certificate is made of besides its name. */
const entrySchema = z.object({
  name: z.string().optional(),
  id: z.union([z.string(), z.number()]).optional(),
  password: z.string().max(maxPasswordLength).optional(),
  p12: z.unknown().optional(),
  certificate: z.string().max(maxFileBytes).optional(),
  privateKey: z.string().max(maxFileBytes).optional(),
  passphrase: z.string().max(maxPasswordLength).optional(),
})

/** The JSON part beside an uploaded file. */
const fileEntrySchema = entrySchema.pick({ name: true, id: true, password: true })

/** An entry of a JSON list. */
export function jsonEntry(body: unknown): CertificateEntry {
  return {
    label: labelOf(body),
    read() {
      const entry = parse(entrySchema, body)
      return { ...readIdentity(entry), material: readMaterial(entry) }
    },
  }
}

/** A file with the JSON part beside it. */
export function fileEntry(part: unknown, file: Uint8Array): CertificateEntry {
  return {
    label: labelOf(part),
    read() {
      const entry = parse(fileEntrySchema, part)
      return { ...readIdentity(entry), material: pkcs12Input(file, entry.password) }
    },
  }
}

/** The name that an entry seems to have, for the answer that tells of its failure. */
function labelOf(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' ? name.slice(0, 128) : ''
}

function readIdentity(entry: z.infer<typeof fileEntrySchema>): Pick<CertificateRequest, 'name' | 'id'> {
  const id = entry.id === undefined ? undefined : parseCertificateId(entry.id)
  if (entry.id !== undefined && id === undefined) {
    throw new CodedError('VALIDATION_FAILED', '"id" is not the id of a certificate.', { details: { field: 'id' } })
  }
  const name = entry.name === undefined ? undefined : checkName('name', entry.name)
  return { name, id }
}

function readMaterial(entry: z.infer<typeof entrySchema>): KeyMaterialInput {
  const { p12, password, certificate, privateKey, passphrase } = entry
  if (p12 !== undefined) return pkcs12Input(readBytes(p12), password)
  if (certificate !== undefined && privateKey !== undefined) {
    return { kind: 'pem', certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
  }
  throw new CodedError('VALIDATION_FAILED', 'Send "p12" with its "password", or "certificate" and "privateKey" as PEM.')
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body)
  if (!success) throw validationError(error.issues)
  return data
}
