import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { sentUrl } from './fields.ts'

const unmappedCalls = z.enum(['plain', 'refuse']).meta({
  description: 'What becomes of a call that no mapping is for: it goes out without a client certificate, or is refused',
})

/** Unknown fields are refused: a misspelt `unmappedCalls` would leave calls without a certificate on their way. */
export const settingsRequest = z
  .strictObject({
    unmappedCalls: unmappedCalls.optional(),
    webhook: z
      .strictObject({
        url: sentUrl.max(limits.url),
        rotateSecret: z.boolean().optional().meta({ description: 'True: the webhook gets a new secret' }),
      })
      .meta({ id: 'WebhookRequest' })
      .nullable()
      .optional()
      .meta({ description: 'Null removes it' }),
  })
  .meta({ id: 'SettingsRequest', description: 'What is left out stays as it is' })
export type SettingsRequest = z.output<typeof settingsRequest>

export const settings = z
  .strictObject({
    unmappedCalls,
    webhook: z
      .strictObject({
        url: z.string(),
        secret: z.string().optional().meta({ description: 'Shown once, when it is made (docs/webhooks.md)' }),
      })
      .meta({ id: 'Webhook' })
      .nullable()
      .meta({ description: 'Where the account is told of certificates that are about to expire' }),
  })
  .meta({ id: 'Settings' })

export type Settings = WireOf<typeof settings>
