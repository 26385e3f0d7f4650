import { scopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentName, sentService } from './fields.ts'

/** Unknown fields are refused: a misspelt `expiresAt` would make a key that never expires. */
export const appKeyRequest = z
  .strictObject({
    label: sentName,
    scopes: z
      .array(z.string().meta({ enum: [...scopes] }))
      .min(1)
      .max(scopes.length)
      .optional()
      .meta({ description: '`forward` and `mtls:read` unless named' }),
    services: z.array(sentService).min(1).max(limits.appKeyServices).optional().meta({
      description:
        'The services that it may call as; any, if left out. The first one is the default: that of calls that name none',
    }),
    expiresAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .meta({ description: 'In the future; null or left out: it does not expire' }),
  })
  .meta({ id: 'AppKeyRequest' })
export type AppKeyRequest = z.output<typeof appKeyRequest>

export const appKey = z
  .strictObject({
    appKey: z.string().meta({ description: 'The OAuth 1.0a consumer key' }),
    label: z.string(),
    scopes: z.array(z.enum(scopes)),
    services: z.exactOptional(z.array(z.string())).meta({
      description: 'Names of the services that it may call as, the default first; any service if it is missing',
    }),
    createdAt: dateTime,
    createdBy: z
      .string()
      .nullable()
      .meta({ description: 'As the audit trail names them; null: made before that was noted' }),
    expiresAt: dateTime.nullable().meta({ description: 'Null: it does not expire' }),
    lastUsedAt: dateTime.nullable().meta({
      description: 'Late by some seconds; null: not within 90 days, or it can not be known now',
    }),
  })
  .meta({ id: 'AppKey' })

export const createdAppKey = appKey
  .extend({ appSecret: z.string().meta({ description: 'The consumer secret, shown this once' }) })
  .meta({ id: 'CreatedAppKey' })

/** To a request that was made before: never the secret. */
export const repeatedAppKey = z.union([appKey, z.strictObject({ appKey: z.string(), deleted: z.literal(true) })])

export type AppKey = WireOf<typeof appKey>
export type CreatedAppKey = WireOf<typeof createdAppKey>
