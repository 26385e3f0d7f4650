import { z } from 'zod'
import { limits } from '../limits.ts'
import { operationsById } from '../operation.ts'
import { certificateRoutes } from '../routes.ts'
import { certificate, exampleCertificate } from '../schemas/certificate.ts'
import { certificateDetails, exampleDetails } from '../schemas/certificate-details.ts'
import {
  certificateFilters,
  certificateQuery,
  newCertificates,
  replacedCertificates,
} from '../schemas/certificate-upload.ts'
import { gone } from '../schemas/fields.ts'
import { certificateSummary, exampleSummary } from '../schemas/fleet.ts'
import { repeatedSaveResult, saveResult } from '../schemas/save-result.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { bearer, either } from './credentials.ts'
import { keyMaterialCodes } from './key-material-codes.ts'
import { newCertificateForm, replacedCertificateForm } from './upload-form.ts'

const tag = 'certificates'
/** Each entry is read when its turn comes, so that a bad one fails alone. */
const list = {
  checkedAs: z.array(z.unknown()).min(1),
  list: { of: 'certificates', limit: limits.certificates },
}
const saved = {
  description: 'What was saved, and what was not and why',
  json: saveResult,
  repeated: repeatedSaveResult,
  example: { successfulySavedCertificates: [exampleCertificate], failedSaveToVaultCertificates: [] },
}
const createProblems = ['CERTIFICATE_NAME_TAKEN', 'NOTHING_SAVED', ...keyMaterialCodes] as const
const replaceProblems = [
  ...(['CERTIFICATE_NOT_FOUND', 'PROMOTION_UNDERWAY', 'MESSAGE_SIGNATURE_INVALID'] as const),
  ...createProblems,
] as const

export const certificateOperations = operationsById(certificateRoutes, {
  createCertificates: {
    tag,
    summary: 'Upload certificates',
    description:
      'One bad certificate does not stop the good ones. Where all fail, the answer is a problem with the status that they share, or 422 `NOTHING_SAVED`.',
    credentials: either('mtls:write'),
    changes: true,
    body: {
      ...list,
      json: newCertificates,
      example: [{ name: 'c1', p12: 'MIIKXwIBAzCCCiUGCSqGSIb3DQEHAQ==', password: 'secret' }],
    },
    answers: { 201: saved },
    problems: createProblems,
  },
  replaceCertificates: {
    tag,
    summary: 'Replace key and chain of certificates at once',
    description: 'Mappings go on with the new version. To try it out first, stage it.',
    credentials: either('mtls:write'),
    changes: true,
    body: {
      ...list,
      json: replacedCertificates,
      example: [{ id: exampleCertificate.id, p12: 'MIIKXwIBAzCCCiUGCSqGSIb3DQEHAQ==', password: 'secret' }],
    },
    answers: { 200: saved, 202: waitsForApproval },
    problems: [...approvalCodes, ...replaceProblems],
  },
  createCertificateByFile: {
    tag,
    summary: 'Upload a certificate as a file',
    credentials: bearer('mtls:write'),
    changes: true,
    body: { form: newCertificateForm },
    answers: { 201: saved },
    problems: createProblems,
  },
  replaceCertificateByFile: {
    tag,
    summary: 'Replace key and chain of a certificate by a file',
    credentials: bearer('mtls:write'),
    changes: true,
    body: { form: replacedCertificateForm },
    answers: { 200: saved, 202: waitsForApproval },
    problems: [...approvalCodes, ...replaceProblems],
  },
  listCertificates: {
    tag,
    summary: 'List certificates',
    credentials: either('mtls:read'),
    query: certificateQuery,
    answers: {
      200: {
        description: 'The certificates of the account, or a page of them',
        json: z.array(certificate),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [exampleCertificate],
      },
    },
  },
  countCertificates: {
    tag,
    summary: 'Count certificates',
    description: 'By issuer, key type, renewal plan and month of expiry. Only those that have a version in use.',
    credentials: either('mtls:read'),
    query: certificateFilters,
    answers: {
      200: {
        description: 'How many there are that fit every filter',
        json: certificateSummary,
        headers: ['ETag'],
        example: exampleSummary,
      },
    },
  },
  getCertificate: {
    tag,
    summary: 'Get a certificate',
    description: 'With its names, usages and chain, which no list has.',
    credentials: either('mtls:read'),
    answers: {
      200: { description: 'The certificate', json: certificateDetails, headers: ['ETag'], example: exampleDetails },
    },
    problems: ['CERTIFICATE_NOT_FOUND'],
  },
  deleteCertificate: {
    tag,
    summary: 'Delete a certificate',
    credentials: either('mtls:write'),
    changes: true,
    answers: {
      200: {
        description: 'The certificate as it was',
        json: certificate,
        repeated: gone,
        example: { ...exampleCertificate, deleted: true },
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND', 'CERTIFICATE_IN_USE'],
  },
  downloadCertificate: {
    tag,
    summary: 'Download a certificate with its chain',
    description: 'Leaf first, then its chain. Never a private key.',
    credentials: either('mtls:read'),
    answers: { 200: { description: 'PEM', text: ['application/x-pem-file'] } },
    problems: ['CERTIFICATE_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE'],
  },
})
