import { type AccountId, type Certificate, type ClaimedDays, type ClaimedShare, firstToEnd } from '@mtls-gateway/domain'
import { endSentence, factId, type NoticeEvent } from '../notices/notice-event.ts'
import { type WebhookMessage, webhookMessage } from '../webhooks/webhook-message.ts'

const dayMs = 86_400_000

/** @param now milliseconds since 1970 */
export function expiryMessage(
  accountId: AccountId,
  { certificate, days }: ClaimedDays,
  mappings: number,
  now: number,
): WebhookMessage {
  const { fingerprintSha256 = '' } = firstToEnd(certificate) ?? {}
  const id = factId(accountId, fingerprintSha256, days)
  const type = days === 0 ? 'certificate.expired' : 'certificate.expiring'
  return webhookMessage(id, type, now, endOf(accountId, certificate, mappings, now))
}

/** @param now milliseconds since 1970 */
export function expiryEvent(
  accountId: AccountId,
  { certificate, recipient, share }: ClaimedShare,
  mappings: number,
  now: number,
): NoticeEvent {
  const data = endOf(accountId, certificate, mappings, now)
  return {
    type: share === 0 ? 'certificate.expired' : 'certificate.expiring',
    id: factId(accountId, data.fingerprintSha256, recipient.id, share),
    accountId,
    data,
    sentence: endSentence({ ...data, id: certificate.id }),
  }
}

function endOf(accountId: AccountId, certificate: Certificate, mappings: number, now: number) {
  const { id, name } = certificate
  const { fingerprintSha256 = '', notAfter = '' } = firstToEnd(certificate) ?? {}
  return {
    accountId,
    certificateId: id,
    name,
    expirationDate: notAfter,
    daysLeft: Math.max(0, Math.ceil((Date.parse(notAfter) - now) / dayMs)),
    fingerprintSha256,
    mappings,
  }
}
