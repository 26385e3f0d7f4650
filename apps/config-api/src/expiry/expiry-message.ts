import { createHash } from 'node:crypto'
import type { AccountId, ClaimedNotice } from '@mtls-gateway/domain'
import { type WebhookMessage, webhookMessage } from '../webhooks/webhook-message.ts'

const dayMs = 86_400_000

/** @param now milliseconds since 1970 */
export function expiryMessage(
  accountId: AccountId,
  { certificate, days }: ClaimedNotice,
  mappings: number,
  now: number,
): WebhookMessage {
  const { fingerprintSha256 = '', notAfter = '' } = certificate.current ?? {}
  const id = createHash('sha256').update(`${accountId} ${fingerprintSha256} ${days}`).digest('base64url').slice(0, 22)
  const daysLeft = Math.max(0, Math.ceil((Date.parse(notAfter) - now) / dayMs))
  const data = {
    accountId,
    certificateId: certificate.id,
    name: certificate.name,
    expirationDate: notAfter,
    daysLeft,
    fingerprintSha256,
    mappings,
  }
  const type = days === 0 ? 'certificate.expired' : 'certificate.expiring'
  return webhookMessage(id, type, now, data)
}
