import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { activationRoutes } from '../routes.ts'
import { activationRequest } from '../schemas/activation-request.ts'
import { gone } from '../schemas/fields.ts'
import { exampleMapping, mapping } from '../schemas/mapping.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { either } from './credentials.ts'
import { proberCodes } from './prober-codes.ts'
import { trustCodes } from './trust-codes.ts'

const activationQuery = z.object({
  isValidateUrlEnabled: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '`true`: the url is called with the certificate first, and not mapped if that fails' }),
})
export type ActivationQuery = z.output<typeof activationQuery>

export const activationOperations = operationsById(activationRoutes, {
  activateCertificate: {
    tag: 'mappings',
    summary: 'Map a url to a certificate in one step',
    description:
      'A url that is already mapped to this certificate is enabled. `targetTrust` replaces the one that its mapping has; left out, that stays.',
    credentials: either('mtls:write'),
    changes: true,
    query: activationQuery,
    body: { json: activationRequest, example: { serviceName: 'IDP', url: 'https://bank.example/token' } },
    answers: {
      201: {
        description: 'The mapping as it is now',
        json: mapping,
        repeated: z.union([mapping, gone]),
        example: exampleMapping,
      },
      202: waitsForApproval,
    },
    problems: [
      ...approvalCodes,
      'CERTIFICATE_NOT_FOUND',
      'CERTIFICATE_PENDING_SIGNATURE',
      'CLIENT_CERTIFICATE_EXPIRED',
      'CLIENT_CERTIFICATE_NOT_YET_VALID',
      'URL_VALIDATION_FAILED',
      'TARGET_TLS_INVALID',
      'UNKNOWN_SERVICE',
      'MAPPING_ALREADY_EXISTS',
      'UNMAPPED_CALLS_NOT_REFUSED',
      'MAPPING_NAME_TAKEN',
      ...trustCodes,
      ...proberCodes,
    ],
  },
})
