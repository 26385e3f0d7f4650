import { randomBytes } from 'node:crypto'
import type { Settings } from '@mtls-gateway/contract'
import {
  type AccountId,
  type AccountSettings,
  type ChangedSettings,
  type CommandContext,
  changeSettings,
  type RecordId,
  type SettingsUpdate,
  settingsOf,
} from '@mtls-gateway/domain'
import { type AccountWriter, newRecordId, type RecordName } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import type { SettingsChange } from './settings-request.ts'

interface NewSecret {
  readonly id: RecordId
  readonly secret: string
}

/** The settings of an account. */
export class SettingsRegistry {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  async get(accountId: AccountId): Promise<Versioned<Settings>> {
    const account = await this.#writer.read(accountId)
    return { value: viewSettings(settingsOf(account)), revision: account.revision }
  }

  async change(
    accountId: AccountId,
    { unmappedCalls, webhook }: SettingsChange,
    context: CommandContext,
  ): Promise<Versioned<Settings>> {
    if (!webhook) return this.#change(accountId, context, { unmappedCalls, webhook }, undefined)
    // A secret is stored before the account refers to it. Only the change shows whether it is needed.
    const made = { id: newRecordId(), secret: newWebhookSecret() }
    await this.#writer.records.put('webhook-secrets', accountId, made.id, { secret: made.secret })
    const update = { unmappedCalls, webhook: { ...webhook, newSecretId: made.id } }
    return this.#change(accountId, context, update, made)
  }

  async #change(
    accountId: AccountId,
    context: CommandContext,
    update: SettingsUpdate,
    made: NewSecret | undefined,
  ): Promise<Versioned<Settings>> {
    const recordsOf = (ids: readonly RecordId[]) =>
      ids.map((id): RecordName => ({ kind: 'webhook-secrets', accountId, id }))
    const { result, account } = await this.#writer.change(
      accountId,
      context.changeId,
      changeSettings(context, update),
      { written: recordsOf(made ? [made.id] : []), dropped: (changed) => recordsOf(droppedBy(changed, made)) },
    )
    const isNew = made !== undefined && result.settings.webhook?.secretId === made.id
    return { value: viewSettings(result.settings, isNew ? made.secret : undefined), revision: account.revision }
  }
}

/** The secret that the account no longer refers to: the previous one, or the new one if it was not needed. */
function droppedBy({ before, settings }: ChangedSettings, made: NewSecret | undefined): readonly RecordId[] {
  const candidates = [before.webhook?.secretId, made?.id]
  return candidates.filter((id) => id !== undefined).filter((id) => id !== settings.webhook?.secretId)
}

/** In the form of Standard Webhooks. */
function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function viewSettings({ unmappedCalls, webhook }: AccountSettings, secret?: string): Settings {
  return { unmappedCalls, webhook: webhook ? { url: webhook.url, ...(secret !== undefined && { secret }) } : null }
}
