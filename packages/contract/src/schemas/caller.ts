import { scopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'

/** Who calls, and what their credentials allow. */
export const caller = z
  .strictObject({
    subject: z.string().meta({
      description:
        'As the audit trail has it: an app key, issuer and subject of a token, the name of a client certificate, or an invitation with its label',
    }),
    kind: z.enum(['oauth1', 'bearer', 'certificate', 'invitation']).meta({
      description:
        '`oauth1`: an app key; `bearer`: a token of an issuer; `certificate`: a client certificate; `invitation`: the token of an invitation',
    }),
    accounts: z.union([z.array(z.string()), z.literal('*')]).meta({
      description: 'Ids of accounts, or `*` for all',
      // A class of such alternatives does not compile in Java (docs/api.md).
      anyOf: undefined,
    }),
    scopes: z.array(z.enum(scopes)),
    services: z.exactOptional(z.array(z.string())).meta({
      description: 'Names of the services that the credentials may call as; any service if it is missing',
    }),
    expiresAt: dateTime.nullable().meta({ description: 'When the credentials expire; null: they don’t' }),
  })
  .meta({ id: 'Caller' })

export type Caller = WireOf<typeof caller>
