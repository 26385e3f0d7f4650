import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { signingRequestRoutes } from '../routes.ts'
import { certificate, exampleCertificate, examplePending } from '../schemas/certificate.ts'
import { gone } from '../schemas/fields.ts'
import {
  renewalRequest,
  repeatedRequestedCertificate,
  requestedCertificate,
  signedCertificate,
  signingRequest,
} from '../schemas/signing-request.ts'
import { either } from './credentials.ts'
import { chainCodes } from './key-material-codes.ts'

const tag = 'signing requests'
const exampleRequest = { keyType: 'EC-P256', subject: { commonName: 'client.example', organization: 'Example' } }
const requested = {
  description: 'The certificate that waits for its signature, and the request for a CA to sign',
  json: requestedCertificate,
  repeated: repeatedRequestedCertificate,
  example: { certificate: examplePending, csr: '-----BEGIN CERTIFICATE REQUEST-----\n...' },
}
const completed = {
  description: 'The certificate, whose request is now complete',
  json: certificate,
  repeated: z.union([certificate, gone]),
  headers: ['ETag'],
  example: exampleCertificate,
} as const
const signed = {
  pem: true,
  json: signedCertificate,
  example: { certificate: '-----BEGIN CERTIFICATE-----\n...' },
} as const
const completionProblems = ['CERTIFICATE_NOT_FOUND', 'NO_PENDING_REQUEST', 'VERSION_CHANGED', ...chainCodes] as const

export const signingRequestOperations = operationsById(signingRequestRoutes, {
  createSigningRequest: {
    tag,
    summary: 'Make a key and its signing request',
    description: 'The key is made here and never leaves the store.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: signingRequest, example: { name: 'c1', ...exampleRequest } },
    answers: { 201: requested },
    problems: ['CERTIFICATE_NAME_TAKEN', 'SUBJECT_ALT_NAME_INVALID'],
  },
  completeSigningRequest: {
    tag,
    summary: 'Upload the signed certificate',
    credentials: either('mtls:write'),
    changes: true,
    body: signed,
    answers: { 200: completed },
    problems: [...completionProblems, 'MESSAGE_SIGNATURE_INVALID'],
  },
  createRenewalRequest: {
    tag,
    summary: 'Make the next key of a certificate and its signing request',
    description:
      'It takes the place of what is staged. Subject and names are those of the version in use unless the request has others.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: renewalRequest, required: false, example: { keyType: 'EC-P256' } },
    answers: { 201: requested },
    problems: ['CERTIFICATE_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE', 'SUBJECT_ALT_NAME_INVALID', 'VERSION_CHANGED'],
  },
  completeRenewalRequest: {
    tag,
    summary: 'Upload the signed certificate of the staged key',
    credentials: either('mtls:write'),
    changes: true,
    body: signed,
    answers: { 200: completed },
    problems: completionProblems,
  },
})
