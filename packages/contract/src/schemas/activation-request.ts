import type { z } from 'zod'
import { serviceAndUrl } from './explanation.ts'
import { sentService } from './fields.ts'
import { targetTrustRequest } from './mapping.ts'

/** What is to be mapped, and how its target is trusted. Unknown fields are refused. */
export const activationRequest = serviceAndUrl
  .extend({ serviceName: sentService, targetTrust: targetTrustRequest.nullish() })
  .meta({ id: 'ActivationRequest' })
export type ActivationRequest = z.output<typeof activationRequest>
