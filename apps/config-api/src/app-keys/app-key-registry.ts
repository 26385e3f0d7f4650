import { randomBytes } from 'node:crypto'
import type { AppKey as AppKeyView, CreatedAppKey, PageQuery } from '@mtls-gateway/contract'
import type { SubjectUsage, Usage } from '@mtls-gateway/coordination'
import {
  type AccountId,
  type AppKey,
  appKeyUse,
  type CommandContext,
  createAppKey,
  deleteAppKey,
  formatAppKey,
  type RecordId,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import type { AccountWriter, RecordName } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf } from '../http/page.ts'
import { usageWherePossible } from '../usage/usage-where-possible.ts'
import type { AppKeyIds } from './app-key-ids.ts'
import type { NewAppKey } from './app-key-request.ts'

/** The app keys of an account. A secret is shown only once, in the answer to its creation. */
export class AppKeyRegistry {
  readonly #writer: AccountWriter
  readonly #ids: AppKeyIds
  readonly #usage: Usage
  readonly #services: ServiceCatalogue

  constructor(writer: AccountWriter, ids: AppKeyIds, usage: Usage, services: ServiceCatalogue) {
    this.#writer = writer
    this.#ids = ids
    this.#usage = usage
    this.#services = services
  }

  async list(account: AccountId, query: PageQuery): Promise<Versioned<Page<AppKeyView>>> {
    const [{ appKeys, revision }, used] = await Promise.all([
      this.#writer.read(account),
      usageWherePossible(this.#usage, account),
    ])
    const page = await pageOf(appKeys, query, { idOf: ({ id }) => id })
    return { value: { ...page, items: page.items.map((appKey) => this.#view(account, appKey, used)) }, revision }
  }

  /** @throws CodedError `LIMIT_EXCEEDED` */
  async create(account: AccountId, request: NewAppKey, context: CommandContext): Promise<CreatedAppKey> {
    const id = await this.#ids.next(account)
    const appSecret = randomBytes(32).toString('base64url')
    await this.#writer.records.put('app-keys', account, id, { secret: appSecret })
    const command = createAppKey(context, { id, createdAt: context.at, ...request })
    const answer = (made: AppKey): CreatedAppKey => ({ ...this.#view(account, made), appSecret })
    const written = [secretOf(account, id)]
    return answer((await this.#writer.change(account, context.changeId, command, { written, answer })).result)
  }

  /** @throws CodedError `APP_KEY_NOT_FOUND` */
  async delete(account: AccountId, id: string, context: CommandContext): Promise<AppKeyView> {
    const { result } = await this.#writer.change(account, context.changeId, deleteAppKey(context, id), {
      dropped: (appKey) => [secretOf(account, appKey.id)],
    })
    return this.#view(account, result)
  }

  #view(
    account: AccountId,
    { id, label, scopes, services, createdAt, createdBy, expiresAt }: AppKey,
    used?: ReadonlyMap<string, SubjectUsage>,
  ): AppKeyView {
    const appKey = formatAppKey(account, id)
    const lastUse = used?.get(appKeyUse(appKey))
    const lastUsedAt = lastUse ? new Date(lastUse.lastUsedAt).toISOString() : null
    const named = services && { services: services.map((number) => this.#services.numbered(number).name) }
    return { appKey, label, scopes, ...named, createdAt, createdBy: createdBy ?? null, expiresAt, lastUsedAt }
  }
}

function secretOf(accountId: AccountId, id: RecordId): RecordName {
  return { kind: 'app-keys', accountId, id }
}
