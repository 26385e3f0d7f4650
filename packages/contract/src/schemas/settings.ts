import { noticeChannels, noticeEventTypes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { approvalRule, approvalRuleRequest } from './approval.ts'
import { sentUrl } from './fields.ts'

export const unmappedCalls = z.enum(['plain', 'refuse']).meta({
  description: 'What becomes of a call that no mapping is for: it goes out without a client certificate, or is refused',
})

const publishKeys = z.boolean().meta({
  description: 'Anybody may read the public parts of the signing keys, at `jwks.json` of the account; off at first',
})

const channel = z.enum(noticeChannels).meta({
  description:
    'How: by mail, to an incoming webhook of Slack or of what takes its messages, or to a webhook of your own',
})
const event = z.enum(noticeEventTypes)
const share = z.number().gt(0).lt(1).meta({ description: 'Share of the lifetime of a certificate that is left' })

/** Unknown fields are refused: a misspelt `unmappedCalls` would leave calls without a certificate on their way. */
export const settingsRequest = z
  .strictObject({
    unmappedCalls: unmappedCalls.optional(),
    publishKeys: publishKeys.optional(),
    webhook: z
      .strictObject({
        url: sentUrl.max(limits.url),
        rotateSecret: z.boolean().optional().meta({ description: 'True: the webhook gets a new secret' }),
      })
      .meta({ id: 'WebhookRequest' })
      .nullable()
      .optional()
      .meta({ description: 'Null removes it' }),
    notices: z
      .array(
        z
          .strictObject({
            id: z.string().max(64).optional().meta({ description: 'One that there is; without it, another is added' }),
            channel,
            to: z
              .string()
              .max(limits.url)
              .optional()
              .meta({ description: 'A mail address, or an https url; left out: as it is' }),
            events: z
              .array(event)
              .min(1)
              .max(noticeEventTypes.length)
              .optional()
              .meta({ description: 'All of them if left out' }),
            shares: z
              .array(share)
              .min(1)
              .max(limits.noticeShares)
              .optional()
              .meta({ description: 'When it is told that a certificate expires; 0.33, 0.1 and 0.02 if left out' }),
            rotateSecret: z.boolean().optional().meta({ description: 'True: the webhook gets a new secret' }),
          })
          .meta({ id: 'NoticeRequest' }),
      )
      .max(limits.notices)
      .optional()
      .meta({ description: 'All that are told: those that are not in the list are removed' }),
    approvals: approvalRuleRequest.nullable().optional().meta({
      description:
        'What needs the word of a second person, and whose; once it is there, changing it does, too. Null removes it',
    }),
  })
  .meta({ id: 'SettingsRequest', description: 'What is left out stays as it is' })
export type SettingsRequest = z.output<typeof settingsRequest>

export const settings = z
  .strictObject({
    unmappedCalls,
    publishKeys,
    webhook: z
      .strictObject({
        url: z.string(),
        secret: z.string().optional().meta({ description: 'Shown once, when it is made (docs/webhooks.md)' }),
      })
      .meta({ id: 'Webhook' })
      .nullable()
      .meta({ description: 'Where the account is told of certificates that are about to expire' }),
    notices: z
      .array(
        z
          .strictObject({
            id: z.string(),
            channel,
            to: z
              .string()
              .meta({ description: 'A mail address; of a url the host alone, as its path may have a token' }),
            events: z.array(event),
            shares: z.array(share),
            secret: z.string().optional().meta({ description: 'Of a webhook; shown once, when it is made' }),
          })
          .meta({ id: 'Notice' }),
      )
      .meta({ description: 'Who is told what happens in the account (docs/notices.md)' }),
    approvals: approvalRule
      .nullable()
      .meta({ description: 'What needs the word of a second person (docs/approvals.md); null: nothing does' }),
  })
  .meta({ id: 'Settings' })

export type Settings = WireOf<typeof settings>
