import { nearMissDifferences } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate } from './certificate.ts'
import { errorCode, sentService, sentUrl } from './fields.ts'
import { mapping } from './mapping.ts'

/** The service and url of a call. Unknown fields are refused. */
export const serviceAndUrl = z.strictObject({ serviceName: sentService, url: sentUrl }).meta({ id: 'ServiceAndUrl' })
export type ServiceAndUrl = z.output<typeof serviceAndUrl>

const nearMiss = z
  .strictObject({
    differences: z.array(z.enum(nearMissDifferences)).min(1),
    explanation: z.string().meta({ description: 'A sentence' }),
    mapping,
  })
  .meta({ id: 'NearMiss', description: 'A mapping that looks meant for the call and is not used' })

/** What a call would get, and why. */
export const explanation = z
  .strictObject({
    serviceName: z.string(),
    serviceId: z.string(),
    url: z.string().meta({ description: 'As mappings compare it' }),
    outcome: z.enum(['certificate', 'error', 'unmapped']).meta({
      description:
        '`certificate`: the call presents it. `error`: it is mapped and fails. `unmapped`: no mapping is for it',
    }),
    code: errorCode.nullable().meta({ description: 'For an `error`, the code that the call fails with' }),
    explanation: z.string().meta({ description: 'A sentence' }),
    matchedBy: z.enum(['exact', 'pattern']).nullable(),
    mapping: mapping.nullable(),
    certificate: certificate.nullable(),
    nearMisses: z.array(nearMiss).meta({ description: 'The nearest first, at most 20' }),
  })
  .meta({ id: 'Explanation' })

export type NearMiss = WireOf<typeof nearMiss>
export type Explanation = WireOf<typeof explanation>
