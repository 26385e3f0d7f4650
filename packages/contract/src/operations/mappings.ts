import { z } from 'zod'
import { limits } from '../limits.ts'
import { operationsById } from '../operation.ts'
import { mappingRoutes } from '../routes.ts'
import { exampleCertificate } from '../schemas/certificate.ts'
import { explanation, serviceAndUrl } from '../schemas/explanation.ts'
import { gone } from '../schemas/fields.ts'
import {
  exampleMapping,
  exampleNewMapping,
  mapping,
  mappingQuery,
  mappingRequest,
  mappingRequests,
  newMappings,
  updatedMappings,
} from '../schemas/mapping.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { either } from './credentials.ts'
import { trustCodes } from './trust-codes.ts'

const tag = 'mappings'
const list = { checkedAs: mappingRequests, list: { of: 'mappings', limit: limits.mappings } }
const saved = {
  description: 'The mappings as they were saved: all or none',
  json: z.array(mapping),
  repeated: z.array(z.union([mapping, gone])),
  example: [exampleMapping],
}
const one = {
  description: 'The mapping as it is now',
  json: mapping,
  repeated: z.union([mapping, gone]),
  example: exampleMapping,
}

/** What can be wrong with a mapping. */
const mappingCodes = [
  'SITE_ID_MISMATCH',
  'TARGET_TLS_INVALID',
  'UNKNOWN_SERVICE',
  'TARGET_URL_NOT_CANONICAL',
  'TARGET_URL_NOT_HTTPS',
  'MAPPING_NAME_TAKEN',
  'MAPPING_ALREADY_EXISTS',
  'TARGET_AUTH_INVALID',
  'TARGET_SECRET_NEEDED',
  'MESSAGE_SIGNATURE_INVALID',
  'SIGNING_KEY_NEEDED',
  'UNMAPPED_CALLS_NOT_REFUSED',
  'MAPPING_CERTIFICATE_UNKNOWN',
  ...trustCodes,
] as const

export const mappingOperations = operationsById(mappingRoutes, {
  createMappings: {
    tag,
    summary: 'Map urls to certificates',
    description: 'All are saved or none; the problem says what is wrong by index.',
    credentials: either('mtls:write'),
    changes: true,
    body: { ...list, json: newMappings, example: [exampleNewMapping] },
    answers: { 201: saved, 202: waitsForApproval },
    problems: [...approvalCodes, ...mappingCodes],
  },
  listMappings: {
    tag,
    summary: 'List mappings',
    credentials: either('mtls:read'),
    query: mappingQuery,
    answers: {
      200: {
        description: 'The mappings of the account, or a page of them',
        json: z.array(mapping),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [exampleMapping],
      },
    },
    problems: ['UNKNOWN_SERVICE'],
  },
  updateMappings: {
    tag,
    summary: 'Update mappings',
    description: 'All are saved or none. What a mapping leaves out stays as it is; `deleted: true` deletes it.',
    credentials: either('mtls:write'),
    changes: true,
    body: { ...list, json: updatedMappings, example: [{ id: exampleMapping.id, enable: false }] },
    answers: { 200: saved, 202: waitsForApproval },
    problems: [...approvalCodes, 'MAPPING_NOT_FOUND', ...mappingCodes],
  },
  getMapping: {
    tag,
    summary: 'Get a mapping',
    credentials: either('mtls:read'),
    answers: { 200: { ...one, headers: ['ETag'] } },
    problems: ['MAPPING_NOT_FOUND'],
  },
  updateMapping: {
    tag,
    summary: 'Update a mapping',
    description: 'What is left out stays as it is; `deleted: true` deletes it.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: mappingRequest, example: { enable: false } },
    answers: { 200: one, 202: waitsForApproval },
    problems: [...approvalCodes, 'MAPPING_NOT_FOUND', 'MAPPING_ID_MISMATCH', ...mappingCodes],
  },
  deleteMapping: {
    tag,
    summary: 'Delete a mapping',
    credentials: either('mtls:write'),
    changes: true,
    answers: {
      200: { ...one, description: 'The mapping as it was', example: { ...exampleMapping, deleted: true } },
      202: waitsForApproval,
    },
    problems: [...approvalCodes, 'MAPPING_NOT_FOUND'],
  },
  explainMapping: {
    tag,
    summary: 'Explain which mapping and certificate a call would use',
    description:
      'Nothing is called. The name of the target is looked up where a mapping is for the call, for 3 seconds at most.',
    credentials: either('mtls:read'),
    body: { json: serviceAndUrl, example: { serviceName: 'IDP', url: 'https://bank.example/token' } },
    answers: {
      200: {
        description: 'What the call would get, and why',
        json: explanation,
        example: {
          serviceName: 'IDP',
          serviceId: '1',
          url: 'https://bank.example/token',
          outcome: 'certificate',
          code: null,
          explanation:
            'The call falls under the mapping "m1", which has exactly this url, and presents the certificate "c1".',
          matchedBy: 'exact',
          mapping: exampleMapping,
          certificate: exampleCertificate,
          nearMisses: [],
          targetAccess: {
            verdict: 'allowed',
            code: null,
            explanation: 'This gateway may connect to bank.example:443.',
          },
        },
      },
    },
    problems: ['UNKNOWN_SERVICE', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS', 'TOO_MANY_CALLS'],
  },
})
