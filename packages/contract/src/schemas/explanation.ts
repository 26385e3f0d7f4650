import { nearMissDifferences } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate } from './certificate.ts'
import { errorCode, sentService, sentUrl } from './fields.ts'
import { mapping } from './mapping.ts'

/** The service and url of a call, which may name no service. Unknown fields are refused. */
export const serviceAndUrl = z
  .strictObject({ serviceName: sentService.optional(), url: sentUrl })
  .meta({ id: 'ServiceAndUrl' })
export type ServiceAndUrl = z.output<typeof serviceAndUrl>

const nearMiss = z
  .strictObject({
    differences: z.array(z.enum(nearMissDifferences)).min(1),
    explanation: z.string().meta({ description: 'A sentence' }),
    mapping,
  })
  .meta({ id: 'NearMiss', description: 'A mapping that looks meant for the call and is not used' })

/** Whether the target guard lets calls through. */
export const targetAccess = z
  .strictObject({
    verdict: z.enum(['allowed', 'refused', 'unknown']).meta({
      description:
        '`refused`: calls fail, because of the port of the target or its addresses. `unknown`: its name was not looked up, or not found',
    }),
    code: z.string().nullable().meta({ description: 'Why it is refused or was not found. Listed in docs/errors.md' }),
    explanation: z.string().meta({ description: 'A sentence' }),
  })
  .meta({
    id: 'TargetAccess',
    description: 'Whether the gateway may connect to the target, as config-api sees it now. Nothing is called',
  })

/** What a call would get, and why. */
export const explanation = z
  .strictObject({
    serviceName: z.string().nullable().meta({
      description: 'Of the call; of its mapping, if the call names none. Null if neither says',
    }),
    serviceId: z.string().nullable(),
    url: z.string().meta({ description: 'As mappings compare it' }),
    outcome: z.enum(['certificate', 'error', 'unmapped']).meta({
      description:
        'What the mappings say. `certificate`: the call presents it. `error`: it is mapped and fails. `unmapped`: no mapping is for it',
    }),
    code: errorCode.nullable().meta({ description: 'For an `error`, the code that the call fails with' }),
    explanation: z.string().meta({ description: 'A sentence' }),
    matchedBy: z.enum(['exact', 'pattern']).nullable(),
    mapping: mapping.nullable(),
    certificate: certificate.nullable(),
    nearMisses: z.array(nearMiss).meta({ description: 'The nearest first, at most 20' }),
    targetAccess,
  })
  .meta({ id: 'Explanation' })

export type TargetAccess = WireOf<typeof targetAccess>
export type NearMiss = WireOf<typeof nearMiss>
export type Explanation = WireOf<typeof explanation>
