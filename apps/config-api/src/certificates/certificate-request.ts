import { CodedError, checkName, limitExceeded, parseCertificateId } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { validationError } from '@mtls-gateway/service-kit'
import { z } from 'zod'
import type { CertificateEntry, CertificateRequest } from './certificate-entry.ts'

export const maxFileBytes = 256 * 1024
export const maxPasswordLength = 1_024
const maxCertificatesPerRequest = 100

/** One certificate as clients send it; each is read on its own, so that a bad one does not stop the good ones. */
export const certificateListSchema = z.array(z.unknown()).min(1)

/** What a certificate is made of besides its name. Byte arrays may be signed, as Java writes them. */
const entrySchema = z.object({
  name: z.string().optional(),
  id: z.union([z.string(), z.number()]).optional(),
  password: z.string().max(maxPasswordLength).optional(),
  p12: z.union([z.string(), z.array(z.int().min(-128).max(255))]).optional(),
  certificate: z.string().max(maxFileBytes).optional(),
  privateKey: z.string().max(maxFileBytes).optional(),
  passphrase: z.string().max(maxPasswordLength).optional(),
})

/** The JSON part beside an uploaded file. */
const fileEntrySchema = entrySchema.pick({ name: true, id: true, password: true })

/** @throws CodedError `LIMIT_EXCEEDED` */
export function jsonEntries(bodies: readonly unknown[]): readonly CertificateEntry[] {
  if (bodies.length > maxCertificatesPerRequest) {
    throw limitExceeded('certificates', maxCertificatesPerRequest, 'entries a request')
  }
  return bodies.map(jsonEntry)
}

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
      return { ...readIdentity(entry), material: pkcs12(file, entry.password) }
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
  if (p12 !== undefined) {
    return pkcs12(typeof p12 === 'string' ? fromBase64(p12) : Uint8Array.from(p12, (byte) => byte & 0xff), password)
  }
  if (certificate !== undefined && privateKey !== undefined) {
    return { kind: 'pem', certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
  }
  throw new CodedError('VALIDATION_FAILED', 'Send "p12" with its "password", or "certificate" and "privateKey" as PEM.')
}

function pkcs12(bytes: Uint8Array, password: string | undefined): KeyMaterialInput {
  if (bytes.length > maxFileBytes) throw limitExceeded('p12', maxFileBytes, 'bytes (256 KiB)')
  return { kind: 'pkcs12', bytes, ...(password === undefined ? {} : { password }) }
}

function fromBase64(text: string): Uint8Array {
  const compact = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact)) {
    throw new CodedError('VALIDATION_FAILED', '"p12" is neither base64 nor a list of bytes.', {
      details: { field: 'p12' },
    })
  }
  return Buffer.from(compact, 'base64')
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body)
  if (!success) throw validationError(error.issues)
  return data
}
