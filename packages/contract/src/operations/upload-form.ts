import { z } from 'zod'
import type { Form } from '../form.ts'
import { limits } from '../limits.ts'
import {
  certificatePart,
  newCertificatePart,
  pemUpload,
  replacedCertificatePart,
} from '../schemas/certificate-upload.ts'
import { targetTlsRequest, targetTrustRequest } from '../schemas/mapping.ts'

const file = { name: 'file', description: 'A PKCS#12 file (.p12, .pfx)', maxBytes: limits.file } as const

/** A certificate by file: the file, and what goes with it as JSON. */
export const newCertificateForm = {
  id: 'CertificateFormToCreate',
  file,
  parts: { certificate: { schema: newCertificatePart, isJson: true, required: true } },
} satisfies Form

/** The file that takes the place of a certificate's. */
export const replacedCertificateForm = {
  id: 'CertificateFormToReplace',
  file,
  parts: { certificate: { schema: replacedCertificatePart, isJson: true, required: true } },
} satisfies Form

/** Key and certificate to test, as a file or as PEM: nothing is stored. */
export const testForm = {
  id: 'TestForm',
  file: { ...file, required: false },
  parts: {
    certificate: { schema: pemUpload.certificate },
    privateKey: { schema: pemUpload.privateKey },
    passphrase: { schema: pemUpload.passphrase },
    password: { schema: z.string().meta({ maxLength: limits.password }) },
    body: { schema: z.string().meta({ maxLength: limits.formText, description: 'The body of the call' }) },
    targetTrust: { schema: targetTrustRequest, isJson: true },
    targetTls: { schema: targetTlsRequest, isJson: true },
  },
} satisfies Form

/** A file to stage: its password in a part of its own, or in the JSON part that an upload has. */
export const stagingForm = {
  id: 'StagingForm',
  file,
  parts: {
    certificate: { schema: certificatePart, isJson: true },
    password: { schema: certificatePart.shape.password },
  },
} satisfies Form
