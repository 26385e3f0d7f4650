import type { ApprovalRule } from '../account/approval-request.ts'
import { canonicalJson } from '../account/canonical-json.ts'
import type { Command, CommandContext } from '../account/command.ts'
import type { NoticeRecipient } from '../account/notice-recipients.ts'
import { defaultNoticeShares, type NoticeEventType, noticeEventTypes } from '../account/notice-words.ts'
import { type AccountSettings, settingsOf, type UnmappedPolicy, type Webhook } from '../account/settings.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { keepRefusing } from './any-host.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

export interface WebhookUpdate {
  readonly url: string
  /** The secret made for this change: it becomes the webhook's if that has none yet, or is to have a new one. */
  readonly newSecretId: RecordId
  readonly rotateSecret: boolean
}

/** A recipient of notices as it is to be. */
export interface NoticeUpdate {
  /** One that the account has: what is left out stays as it is. */
  readonly id?: string | undefined
  readonly channel: NoticeRecipient['channel']
  /** Undefined: as it is. */
  readonly address?: Pick<NoticeRecipient, 'to' | 'urlId'> | undefined
  /** What answers show of the url, as it was sent back in place of it. */
  readonly shown?: string | undefined
  readonly events?: readonly NoticeEventType[] | undefined
  readonly shares?: readonly number[] | undefined
  readonly rotateSecret: boolean
  /** Made for this change: the id that it gets if it is new, and the secret of a webhook if it needs one. */
  readonly newId: RecordId
  readonly newSecretId?: RecordId | undefined
}

/** What is undefined stays as it is. */
export interface SettingsUpdate {
  readonly unmappedCalls?: UnmappedPolicy | undefined
  readonly publishKeys?: boolean | undefined
  /** Null removes it. */
  readonly webhook?: WebhookUpdate | null | undefined
  /** All of them: those that are not among them are removed. */
  readonly notices?: readonly NoticeUpdate[] | undefined
  /** Null removes it. */
  readonly approvals?: ApprovalRule | null | undefined
}

export interface ChangedSettings {
  readonly before: AccountSettings
  readonly settings: AccountSettings
}

/**
 * Settings that are what they were before make no change.
 * @throws CodedError `NOTICE_NOT_FOUND`, `NOTICE_ADDRESS_NEEDED`, `UNMAPPED_CALLS_NOT_REFUSED`
 */
export function changeSettings(context: CommandContext, update: SettingsUpdate): Command<ChangedSettings> {
  return (account) => {
    const before = settingsOf(account)
    const settings = nextSettings(before, update)
    if (settings.unmappedCalls !== 'refuse') keepRefusing(account)
    const fields = changedFields(before, settings)
    const result = { before, settings }
    if (fields.length === 0) return { account, result, revoked: [] }
    const description: ChangeDescription = { action: 'settings.change', subjects: ['settings'], fields }
    return { account: nextAccount(account, context, description, { settings }), result, revoked: [] }
  }
}

/** @throws CodedError `NOTICE_NOT_FOUND`, `NOTICE_ADDRESS_NEEDED` */
export function nextSettings(before: AccountSettings, update: SettingsUpdate): AccountSettings {
  const { webhook: presentWebhook, notices: presentNotices, publishKeys: presentPublishing, ...rest } = before
  const { approvals: presentApprovals, ...present } = rest
  const webhook = update.webhook === undefined ? presentWebhook : nextWebhook(presentWebhook, update.webhook)
  const notices = update.notices?.map((each) => nextRecipient(presentNotices ?? [], each)) ?? presentNotices
  const publishKeys = update.publishKeys ?? presentPublishing
  const approvals = update.approvals === undefined ? presentApprovals : update.approvals
  return {
    ...present,
    unmappedCalls: update.unmappedCalls ?? present.unmappedCalls,
    ...(publishKeys && { publishKeys }),
    ...(webhook && { webhook }),
    ...(notices && notices.length > 0 && { notices }),
    ...(approvals && { approvals }),
  }
}

function nextWebhook(present: Webhook | undefined, update: WebhookUpdate | null): Webhook | undefined {
  if (update === null) return undefined
  const secretId = update.rotateSecret || !present ? update.newSecretId : present.secretId
  return { ...present, url: update.url, secretId }
}

function nextRecipient(present: readonly NoticeRecipient[], update: NoticeUpdate): NoticeRecipient {
  const { id, channel, address, newSecretId } = update
  const known = id === undefined ? undefined : present.find((each) => each.id === id)
  if (id !== undefined && known?.channel !== channel) {
    throw new CodedError(
      'NOTICE_NOT_FOUND',
      `The account has no notice ${id} of the channel "${channel}". Leave out "id" for a new one.`,
    )
  }
  const { events = known?.events ?? noticeEventTypes, shares = known?.shares ?? defaultNoticeShares } = update
  const to = address ?? known
  if (update.shown !== undefined && update.shown !== known?.to) {
    // In place of a url: what answers show of one, but not of that of this notice.
    throw addressNeeded('This is what answers show in place of a url. Send the whole url, with its path.')
  }
  if (!to) {
    throw addressNeeded('"to" must not be left out for a new notice: an address, or the whole url.')
  }
  const secretId = update.rotateSecret || !known ? newSecretId : known.secretId
  return {
    ...known,
    id: known?.id ?? update.newId,
    channel,
    to: to.to,
    ...(to.urlId && { urlId: to.urlId }),
    ...(secretId && { secretId }),
    events: noticeEventTypes.filter((type) => events.includes(type)),
    shares: [...new Set(shares)].sort((one, other) => other - one),
  }
}

function addressNeeded(message: string): CodedError {
  return new CodedError('NOTICE_ADDRESS_NEEDED', message, { details: { field: 'to' } })
}

function changedFields(before: AccountSettings, after: AccountSettings): readonly string[] {
  return [
    ...(before.unmappedCalls === after.unmappedCalls ? [] : ['unmappedCalls']),
    ...((before.publishKeys ?? false) === (after.publishKeys ?? false) ? [] : ['publishKeys']),
    ...(before.webhook?.url === after.webhook?.url ? [] : ['webhook.url']),
    ...(before.webhook?.secretId === after.webhook?.secretId ? [] : ['webhook.secret']),
    ...(JSON.stringify(before.notices ?? []) === JSON.stringify(after.notices ?? []) ? [] : ['notices']),
    ...(canonicalJson(before.approvals) === canonicalJson(after.approvals) ? [] : ['approvals']),
  ]
}
