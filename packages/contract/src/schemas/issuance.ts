import { requestKeyTypes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate } from './certificate.ts'
import { plan, profileName, sourceName } from './plan.ts'
import { signingRequest } from './signing-request.ts'

export const issueRequest = signingRequest
  .extend({
    profile: profileName,
    keyType: z.enum(requestKeyTypes).optional().meta({ description: 'The first of the profile unless given' }),
  })
  .meta({ id: 'IssueRequest' })
export type IssueRequest = z.output<typeof issueRequest>

export const pendingIssuance = z.strictObject({ certificate, plan }).meta({
  id: 'PendingIssuance',
  description: 'A certificate that the issuer has not sent yet, and the plan that waits',
})
export type PendingIssuance = WireOf<typeof pendingIssuance>

export const issuer = z
  .strictObject({
    name: profileName,
    kind: z.string().meta({ examples: ['vault-pki'] }),
    description: z.string(),
    keyTypes: z.array(z.string()).meta({ description: 'Those that it signs; the first one is the default' }),
    subject: z
      .string()
      .nullable()
      .meta({ description: 'The subject that it gives, as RFC 4514 has it; null: as requested' }),
    lifetimeSeconds: z.int().nullable().meta({ description: 'The longest lifetime that it signs; null: not known' }),
  })
  .meta({ id: 'Issuer', description: 'From whom certificates can be ordered, by the name of a profile' })
export type Issuer = WireOf<typeof issuer>

export const source = z
  .strictObject({
    name: sourceName,
    kind: z.string().meta({ examples: ['folder'] }),
    description: z.string(),
  })
  .meta({ id: 'Source', description: 'From where the next version of a certificate can come, with its key' })
export type Source = WireOf<typeof source>
