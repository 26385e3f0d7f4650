import type { Settings, SettingsRequest } from '@mtls-gateway/contract'

/** Somebody who is told what happens in the account. */
export type Recipient = Settings['notices'][number]
type RecipientRequest = NonNullable<SettingsRequest['notices']>[number]

export const channelNames: Readonly<Record<Recipient['channel'], string>> = {
  mail: 'Mail',
  slack: 'Chat (Slack and compatible)',
  webhook: 'Webhook',
}

export const eventNames: Readonly<Record<Recipient['events'][number], string>> = {
  'certificate.expiring': 'A certificate will expire',
  'certificate.expired': 'A certificate expired',
  'certificate.revoked': 'A certificate was revoked',
  'plan.waiting': 'A renewal waits for somebody',
  'plan.failed': 'A renewal failed',
  'mapping.rolled-back': 'A mapping was rolled back',
  'approval.requested': 'A change waits for approval',
  'approval.overridden': 'A change was approved in an emergency',
}

// What a record is made of is its keys.
export const channels = Object.keys(channelNames) as readonly Recipient['channel'][]
export const eventTypes = Object.keys(eventNames) as readonly Recipient['events'][number][]

/** All as they are: what a request leaves out stays. */
export function keptRecipients(recipients: readonly Recipient[]): RecipientRequest[] {
  return recipients.map(({ id, channel }) => ({ id, channel }))
}

/** `33, 10` as shares; undefined where it is none. */
export function sharesFrom(text: string): number[] | undefined {
  const percents = text.split(',').map((part) => part.trim())
  const shares = percents.map((part) => (/^\d{1,2}(?:\.\d{1,2})?$/.test(part) ? Number(part) / 100 : Number.NaN))
  return shares.every((share) => share > 0 && share < 1) ? shares : undefined
}
