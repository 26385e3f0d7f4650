import type { z } from 'zod'
import { serviceAndUrl } from './explanation.ts'
import { sentService } from './fields.ts'
import { targetTlsRequest, targetTrustRequest } from './mapping.ts'

/** What is to be mapped, how its target is trusted, and what is offered to it. Unknown fields are refused. */
export const activationRequest = serviceAndUrl
  .extend({
    serviceName: sentService,
    targetTrust: targetTrustRequest.nullish(),
    targetTls: targetTlsRequest.nullish(),
  })
  .meta({ id: 'ActivationRequest' })
export type ActivationRequest = z.output<typeof activationRequest>
