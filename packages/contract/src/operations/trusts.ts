import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { trustRoutes } from '../routes.ts'
import { deletedTrust, exampleTrustDetails, trust, trustDetails, trustRequest } from '../schemas/trust.ts'
import { either } from './credentials.ts'

const tag = 'trust lists'
const { caCertificates, ...exampleTrust } = exampleTrustDetails
const shown = {
  description: 'The trust list, with its certificates',
  json: trustDetails,
  headers: ['ETag'],
  example: exampleTrustDetails,
} as const

export const trustOperations = operationsById(trustRoutes, {
  listTrusts: {
    tag,
    summary: 'List trust lists',
    description: 'By name. An account has 50 at most, so they come on one page.',
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'The trust lists of the account',
        json: z.array(trust),
        headers: ['ETag'],
        example: [exampleTrust],
      },
    },
  },
  getTrust: {
    tag,
    summary: 'Get a trust list',
    credentials: either('mtls:read'),
    answers: { 200: shown },
    problems: ['TRUST_NOT_FOUND'],
  },
  setTrust: {
    tag,
    summary: 'Make a trust list, or replace its certificates',
    description:
      'All mappings that use it change with it, at once. Where one of them is for any host, that takes `mtls:admin`.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: trustRequest, example: { caCertificates } },
    answers: { 200: { ...shown, repeated: z.union([trustDetails, deletedTrust]) } },
    problems: ['TOO_MANY_TRUSTS', 'PEM_MALFORMED', 'KEY_TYPE_UNSUPPORTED', 'TOO_MANY_BODIES'],
  },
  deleteTrust: {
    tag,
    summary: 'Delete a trust list',
    description: 'Only one that no mapping uses.',
    credentials: either('mtls:write'),
    changes: true,
    answers: {
      200: {
        description: 'The trust list as it was',
        json: trust,
        repeated: z.union([trustDetails, deletedTrust]),
        example: exampleTrust,
      },
    },
    problems: ['TRUST_NOT_FOUND', 'TRUST_IN_USE'],
  },
})
