import { randomBytes } from 'node:crypto'
import type { AccountId } from '@mtls-gateway/domain'

/** The message to a webhook, as Standard Webhooks defines it. */
export interface WebhookMessage {
  /** Stays the same when this message is sent again. */
  readonly id: string
  /** JSON. */
  readonly body: string
}

/** @param now milliseconds since 1970 */
export function webhookMessage(id: string, type: string, now: number, data: object): WebhookMessage {
  return { id: `msg_${id}`, body: JSON.stringify({ type, timestamp: new Date(now).toISOString(), data }) }
}

/** Each is another message: receivers ignore what they have had. */
export function testMessage(accountId: AccountId): WebhookMessage {
  return webhookMessage(randomBytes(16).toString('base64url'), 'test', Date.now(), { accountId })
}
