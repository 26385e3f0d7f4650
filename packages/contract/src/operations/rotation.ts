import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { rotationRoutes } from '../routes.ts'
import { certificate, chosenMappings, exampleCertificate } from '../schemas/certificate.ts'
import { certificateUpload } from '../schemas/certificate-upload.ts'
import { gone, sentNumber } from '../schemas/fields.ts'
import { probe, probeRequest } from '../schemas/probe.ts'
import { propagation } from '../schemas/propagation.ts'
import { exampleTrial } from '../schemas/trial.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { either } from './credentials.ts'
import { keyMaterialCodes } from './key-material-codes.ts'
import { proberCodes } from './prober-codes.ts'
import { stagingForm } from './upload-form.ts'

const tag = 'rotation'
const changed = {
  description: 'The certificate as it is now',
  json: certificate,
  repeated: z.union([certificate, gone]),
  headers: ['ETag'],
  example: exampleCertificate,
} as const

const promotionQuery = z.object({
  force: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '`true`: also if its last probe failed, or if it is not valid yet' }),
  accept: z
    .string()
    .regex(/^[A-Z_]+(,[A-Z_]+)*$/, { error: 'expected codes of differences, separated by commas' })
    .optional()
    .meta({
      description:
        'In what it is meant to differ from the version in use: codes of its `differences`, separated by commas',
      examples: ['SUBJECT_DIFFERS,NAMES_DIFFER'],
    }),
})

const propagationQuery = z.object({
  mapping: sentNumber(1)
    .optional()
    .meta({ description: 'The id of a mapping of the certificate: of what it presents, not of the version in use' }),
})

export const rotationOperations = operationsById(rotationRoutes, {
  stageVersion: {
    tag,
    summary: 'Upload the next version of a certificate',
    description: 'It is not in use until it is promoted. It takes the place of what is staged.',
    credentials: either('mtls:write'),
    changes: true,
    body: {
      json: certificateUpload,
      form: stagingForm,
      example: { p12: 'MIIKXwIBAzCCCiUGCSqGSIb3DQEHAQ==', password: 'secret' },
    },
    answers: { 201: changed },
    problems: ['CERTIFICATE_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE', 'PROMOTION_UNDERWAY', ...keyMaterialCodes],
  },
  dropStaged: {
    tag,
    summary: 'Drop the staged version',
    credentials: either('mtls:write'),
    changes: true,
    answers: { 200: changed },
    problems: ['CERTIFICATE_NOT_FOUND', 'STAGED_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE', 'PROMOTION_UNDERWAY'],
  },
  probeStaged: {
    tag,
    summary: 'Try the staged version at every mapped url',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: probeRequest, required: false, example: { urls: [], method: 'HEAD' } },
    answers: {
      200: {
        description: 'What each target said',
        json: probe,
        example: {
          ok: true,
          results: [
            {
              url: 'https://bank.example/token',
              result: 'ok',
              mappings: [{ id: 4_569_253_110, name: 'm1' }],
              ...exampleTrial,
            },
          ],
          kept: 'results',
        },
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND', 'STAGED_NOT_FOUND', 'STAGED_PENDING', ...proberCodes],
  },
  promoteStaged: {
    tag,
    summary: 'Put the staged version in use, for all mappings or for some',
    description:
      'If it is not a usual renewal, the request says so: `accept` has the code of each of its `differences`. With `mappings`, those present it, and the others go on with the version in use. Once none is left, it is in use for all.',
    credentials: either('mtls:write'),
    changes: true,
    query: promotionQuery,
    body: { json: chosenMappings, required: false, example: { mappings: [4_569_253_110] } },
    answers: { 200: changed, 202: waitsForApproval },
    problems: [
      ...approvalCodes,
      'CERTIFICATE_NOT_FOUND',
      'MAPPING_NOT_OF_CERTIFICATE',
      'STAGED_NOT_FOUND',
      'STAGED_PENDING',
      'STAGED_PROBE_FAILED',
      'STAGED_NOT_YET_VALID',
      'NEXT_VERSION_DIFFERS',
      'MESSAGE_SIGNATURE_INVALID',
      'VERSION_CHANGED',
    ],
  },
  rollBack: {
    tag,
    summary: 'Put the previous version in use again, for all mappings or for some',
    description:
      'A second rollback undoes the first. With `mappings`, those go back from the staged version to the one in use, or from that to the previous one.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: chosenMappings, required: false, example: { mappings: [4_569_253_110] } },
    answers: { 200: changed, 202: waitsForApproval },
    problems: [
      ...approvalCodes,
      'CERTIFICATE_NOT_FOUND',
      'MAPPING_NOT_OF_CERTIFICATE',
      'PREVIOUS_NOT_FOUND',
      'PROMOTION_UNDERWAY',
      'VERSION_CHANGED',
    ],
  },
  dropPrevious: {
    tag,
    summary: 'Forget the previous version',
    credentials: either('mtls:write'),
    changes: true,
    answers: { 200: changed },
    problems: ['CERTIFICATE_NOT_FOUND', 'PREVIOUS_NOT_FOUND', 'PROMOTION_UNDERWAY'],
  },
  getPropagation: {
    tag,
    summary: 'See which forwarders serve the version in use, or that of a mapping',
    query: propagationQuery,
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'Each live forwarder, and whether it presents this version',
        json: propagation,
        example: {
          revision: 12,
          complete: true,
          instances: [
            {
              instance: 'forwarder-1',
              startedAt: '2026-02-01T08:00:00.000Z',
              revision: 12,
              since: '2026-02-01T09:30:01.000Z',
              current: true,
            },
          ],
        },
      },
    },
    problems: [
      'CERTIFICATE_NOT_FOUND',
      'CERTIFICATE_PENDING_SIGNATURE',
      'COORDINATION_UNAVAILABLE',
      'MAPPING_NOT_OF_CERTIFICATE',
    ],
  },
})

export type PromotionQuery = z.output<typeof promotionQuery>
export type PropagationQuery = z.output<typeof propagationQuery>
