import {
  type CertificatePart,
  type CertificateUpload,
  certificatePart,
  certificateUpload,
} from '@mtls-gateway/contract'
import { CodedError, checkName, parseCertificateId } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { validationError } from '@mtls-gateway/service-kit'
import type { z } from 'zod'
import type { CertificateEntry, EntryContents } from './certificate-entry.ts'
import { pkcs12Input, readBytes } from './pkcs12-input.ts'
import { keyMaterialInput } from './sent-key-material.ts'

/** An entry of a JSON list. Each is parsed on its own, so that a bad one does not stop the good ones. */
export function jsonEntry(body: unknown): CertificateEntry {
  return {
    label: labelOf(body),
    read() {
      const entry = parse(certificateUpload, body)
      return { ...readIdentity(entry), material: readMaterial(entry) }
    },
  }
}

/** A file and its JSON part. */
export function fileEntry(part: unknown, file: Uint8Array): CertificateEntry {
  return {
    label: labelOf(part),
    read() {
      const entry = parse(certificatePart, part)
      return { ...readIdentity(entry), material: pkcs12Input(file, entry.password) }
    },
  }
}

/** The name that an entry seems to have, for the answer that reports its failure. */
function labelOf(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' ? name.slice(0, 128) : ''
}

function readIdentity(entry: CertificatePart): Pick<EntryContents, 'name' | 'id'> {
  const id = entry.id === undefined ? undefined : parseCertificateId(entry.id)
  if (entry.id !== undefined && id === undefined) {
    throw new CodedError('VALIDATION_FAILED', '"id" is not the id of a certificate.', { details: { field: 'id' } })
  }
  const name = entry.name === undefined ? undefined : checkName('name', entry.name)
  return { name, id }
}

function readMaterial({ p12, ...rest }: CertificateUpload): KeyMaterialInput {
  const input = keyMaterialInput({ ...rest, pkcs12: p12 === undefined ? undefined : readBytes(p12) })
  if (input) return input
  throw new CodedError(
    'VALIDATION_FAILED',
    'Send one of: "p12" with its "password"; "certificate" and "privateKey" as PEM; "certificate", "private_key" and "ca_chain" as Vault answers them.',
  )
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body)
  if (!success) throw validationError(error.issues)
  return data
}
