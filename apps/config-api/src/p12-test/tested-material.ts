import { pemUpload } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { validationError } from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { keyMaterialInput } from '../certificates/upload/sent-key-material.ts'
import type { MultipartForm } from '../http/multipart-form.ts'

const pemParts = z.object(pemUpload)

/** The file to test: PKCS#12, or PEM in parts named like the fields of an upload. @throws CodedError */
export function readTestedMaterial(form: MultipartForm): KeyMaterialInput {
  const sent = { certificate: form.text('certificate'), privateKey: form.text('privateKey') }
  const { success, data, error } = pemParts.safeParse({ ...sent, passphrase: form.text('passphrase') })
  if (!success) throw validationError(error.issues)
  const pkcs12 = form.hasFile ? form.file : undefined
  const input = keyMaterialInput({ ...data, pkcs12, password: form.text('password') })
  if (input) return input
  throw new CodedError(
    'KEY_MATERIAL_EXPECTED',
    'Send either "file" with its "password", or "certificate" and "privateKey" as PEM.',
  )
}
