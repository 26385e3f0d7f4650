import { type AppKeyName, formatAppKey } from '@mtls-gateway/domain'
import { type AccountWriter, readRecord } from '@mtls-gateway/registry'
import {
  type AppKeyCredential,
  type AppKeySource,
  prepareAppKey,
  signingKey,
  type UnconfirmedAppKey,
} from '@mtls-gateway/request-auth'
import type { SecretReader } from '@mtls-gateway/secret-store'

/**
 * App keys as the store has them now: config-api caches nothing. A wrong signature costs one small record; only
 * a right one costs the account, whose document may be large.
 */
export class StoredAppKeys implements AppKeySource {
  readonly #writer: AccountWriter
  readonly #store: SecretReader

  constructor(writer: AccountWriter, store: SecretReader) {
    this.#writer = writer
    this.#store = store
  }

  async find(name: AppKeyName): Promise<UnconfirmedAppKey | undefined> {
    const record = await readRecord(this.#store, 'app-keys', name.accountId, name.id)
    return record && { signingKey: signingKey(record.secret), confirm: () => this.#confirm(name, record.secret) }
  }

  /** A record may be left of a key that was deleted: its account tells. */
  async #confirm({ accountId, id }: AppKeyName, secret: string): Promise<AppKeyCredential | undefined> {
    const appKey = (await this.#writer.appKeys(accountId)).find((candidate) => candidate.id === id)
    if (appKey === undefined) return undefined
    const { scopes, expiresAt } = appKey
    return prepareAppKey({ appKey: formatAppKey(accountId, id), secret, accountId, scopes, expiresAt })
  }
}
