import type { Command, CommandContext } from '../account/command.ts'
import { type AccountSettings, settingsOf, type UnmappedPolicy, type Webhook } from '../account/settings.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

export interface WebhookUpdate {
  readonly url: string
  /** The secret made for this change: it becomes the webhook's if that has none yet, or is to have a new one. */
  readonly newSecretId: RecordId
  readonly rotateSecret: boolean
}

/** What is undefined stays as it is. */
export interface SettingsUpdate {
  readonly unmappedCalls?: UnmappedPolicy | undefined
  /** Null removes it. */
  readonly webhook?: WebhookUpdate | null | undefined
}

export interface ChangedSettings {
  readonly before: AccountSettings
  readonly settings: AccountSettings
}

/** Settings that are what they were before make no change. */
export function changeSettings(context: CommandContext, update: SettingsUpdate): Command<ChangedSettings> {
  return (account) => {
    const before = settingsOf(account)
    const { webhook: presentWebhook, ...present } = before
    const webhook = update.webhook === undefined ? presentWebhook : nextWebhook(presentWebhook, update.webhook)
    const unmappedCalls = update.unmappedCalls ?? present.unmappedCalls
    const settings = { ...present, unmappedCalls, ...(webhook && { webhook }) }
    const fields = changedFields(before, settings)
    const result = { before, settings }
    if (fields.length === 0) return { account, result, revoked: [] }
    const description: ChangeDescription = { action: 'settings.change', subjects: ['settings'], fields }
    return { account: nextAccount(account, context, description, { settings }), result, revoked: [] }
  }
}

function nextWebhook(present: Webhook | undefined, update: WebhookUpdate | null): Webhook | undefined {
  if (update === null) return undefined
  const secretId = update.rotateSecret || !present ? update.newSecretId : present.secretId
  return { ...present, url: update.url, secretId }
}

function changedFields(before: AccountSettings, after: AccountSettings): readonly string[] {
  return [
    ...(before.unmappedCalls === after.unmappedCalls ? [] : ['unmappedCalls']),
    ...(before.webhook?.url === after.webhook?.url ? [] : ['webhook.url']),
    ...(before.webhook?.secretId === after.webhook?.secretId ? [] : ['webhook.secret']),
  ]
}
