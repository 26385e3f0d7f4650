import { randomBytes } from 'node:crypto'
import type { Settings } from '@mtls-gateway/contract'
import {
  type AccountId,
  type AccountSettings,
  type ChangedSettings,
  type CommandContext,
  changeSettings,
  type NoticeUpdate,
  type RecordId,
  type SettingsUpdate,
  settingsOf,
} from '@mtls-gateway/domain'
import { type AccountWriter, newRecordId, type RecordName } from '@mtls-gateway/registry'
import { viewApprovalRule } from '../approvals/approval-view.ts'
import type { Versioned } from '../http/entity-tag.ts'
import { mailNotConfigured } from '../notices/mail-channel.ts'
import type { NoticeChange, SettingsChange } from './settings-request.ts'

/** What records were made for a change: secrets, and urls of notices, which may have one in their path. */
type MadeSecrets = Map<RecordId, string>

interface SettingsRegistryOptions {
  /** Whether this deployment can send mail. */
  readonly sendsMail?: boolean
}

/** The settings of an account. */
export class SettingsRegistry {
  readonly #writer: AccountWriter
  readonly #sendsMail: boolean

  constructor(writer: AccountWriter, { sendsMail = false }: SettingsRegistryOptions = {}) {
    this.#writer = writer
    this.#sendsMail = sendsMail
  }

  async get(accountId: AccountId): Promise<Versioned<Settings>> {
    const account = await this.#writer.read(accountId)
    return { value: viewSettings(settingsOf(account)), revision: account.revision }
  }

  /** @throws CodedError `MAIL_NOT_CONFIGURED`, `NOTICE_NOT_FOUND`, `VALIDATION_FAILED` and those of a change */
  async change(
    accountId: AccountId,
    { unmappedCalls, publishKeys, webhook, notices, approvals }: SettingsChange,
    context: CommandContext,
  ): Promise<Versioned<Settings>> {
    // Those that there are stay: somebody has to be able to remove them one by one.
    if (!this.#sendsMail && notices?.some(({ channel, id }) => channel === 'mail' && id === undefined)) {
      throw mailNotConfigured()
    }
    const made: MadeSecrets = new Map()
    const update: SettingsUpdate = {
      unmappedCalls,
      publishKeys,
      approvals,
      webhook: webhook && { ...webhook, newSecretId: make(made, newWebhookSecret()) },
      notices: notices?.map((notice) => noticeUpdate(notice, made)),
    }
    // A secret is stored before the account refers to it. Only the change shows whether it is needed.
    const put = ([id, secret]: [RecordId, string]) =>
      this.#writer.records.put('webhook-secrets', accountId, id, { secret })
    await Promise.all([...made].map(put))
    return this.#change(accountId, context, update, made)
  }

  async #change(
    accountId: AccountId,
    context: CommandContext,
    update: SettingsUpdate,
    made: MadeSecrets,
  ): Promise<Versioned<Settings>> {
    const recordsOf = (ids: readonly RecordId[]) =>
      ids.map((id): RecordName => ({ kind: 'webhook-secrets', accountId, id }))
    const { result, account } = await this.#writer.change(
      accountId,
      context.changeId,
      changeSettings(context, update),
      {
        written: recordsOf([...made.keys()]),
        dropped: (changed) => recordsOf(droppedBy(changed, made)),
        answer: ({ settings }) => viewSettings(settings, made),
      },
    )
    return { value: viewSettings(result.settings, made), revision: account.revision }
  }
}

function noticeUpdate({ address, ...notice }: NoticeChange, made: MadeSecrets): NoticeUpdate {
  const needsSecret = notice.channel === 'webhook' && (notice.id === undefined || notice.rotateSecret)
  return {
    ...notice,
    newId: newRecordId(),
    newSecretId: needsSecret ? make(made, newWebhookSecret()) : undefined,
    address: address && {
      to: address.to,
      ...(address.url !== undefined && { urlId: make(made, address.url) }),
    },
  }
}

function make(made: MadeSecrets, secret: string): RecordId {
  const id = newRecordId()
  made.set(id, secret)
  return id
}

/** The records that the account no longer refers to: previous ones, and new ones that were not needed. */
function droppedBy({ before, settings }: ChangedSettings, made: MadeSecrets): readonly RecordId[] {
  const kept = new Set(recordsIn(settings))
  return [...recordsIn(before), ...made.keys()].filter((id) => !kept.has(id))
}

function recordsIn({ webhook, notices = [] }: AccountSettings): readonly RecordId[] {
  return [webhook?.secretId, ...notices.flatMap(({ urlId, secretId }) => [urlId, secretId])].filter(
    (id) => id !== undefined,
  )
}

/** In the form of Standard Webhooks. */
function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function viewSettings(settings: AccountSettings, made?: MadeSecrets): Settings {
  const { unmappedCalls, publishKeys = false, webhook, notices = [] } = settings
  const shown = (secretId: RecordId | undefined) => {
    const secret = secretId && made?.get(secretId)
    return secret !== undefined && { secret }
  }
  return {
    unmappedCalls,
    publishKeys,
    approvals: viewApprovalRule(settings.approvals),
    webhook: webhook ? { url: webhook.url, ...shown(webhook.secretId) } : null,
    notices: notices.map(({ id, channel, to, events, shares, secretId }) => ({
      id,
      channel,
      to,
      events: [...events],
      shares: [...shares],
      ...shown(secretId),
    })),
  }
}
