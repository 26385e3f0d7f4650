import { z } from 'zod'
import type { WireOf } from '../wire.ts'

/** What came of a message that was sent to the webhook, or to a recipient of notices, on request. */
export const webhookTest = z
  .strictObject({
    delivered: z.boolean().meta({ description: 'The webhook answered with a 2xx, or the mail server took the mail' }),
    status: z.int().nullable().meta({
      format: 'int32',
      description: "The webhook's answer over HTTP, or the mail server's over SMTP; null: none came",
    }),
    code: z.string().nullable().meta({
      description: 'Why no answer came, as `transportCode` of a recent call; null: one came',
    }),
    explanation: z.string().meta({ description: 'A sentence: what the webhook did, who must fix it, and how' }),
    ms: z.int().min(0).meta({ format: 'int32', description: 'How long it took, in milliseconds' }),
  })
  .meta({ id: 'WebhookTest' })

export type WebhookTest = WireOf<typeof webhookTest>

export const exampleWebhookTest: WebhookTest = {
  delivered: true,
  status: 204,
  code: null,
  explanation: 'The webhook took the message and answered 204.',
  ms: 84,
}
