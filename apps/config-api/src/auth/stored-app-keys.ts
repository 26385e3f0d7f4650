import { type AppKeyName, formatAppKey } from '@mtls-gateway/domain'
import { type AccountWriter, readRecord } from '@mtls-gateway/registry'
import { type AppKeyCredential, type AppKeySource, prepareAppKey } from '@mtls-gateway/request-auth'
import type { SecretReader } from '@mtls-gateway/secret-store'

/** App keys as the store has them now: config-api caches nothing. A key that its account does not list costs no read of a secret. */
export class StoredAppKeys implements AppKeySource {
  readonly #writer: AccountWriter
  readonly #store: SecretReader

  constructor(writer: AccountWriter, store: SecretReader) {
    this.#writer = writer
    this.#store = store
  }

  async find({ accountId, id }: AppKeyName): Promise<AppKeyCredential | undefined> {
    const { appKeys } = await this.#writer.read(accountId)
    const appKey = appKeys.find((candidate) => candidate.id === id)
    const record = appKey && (await readRecord(this.#store, 'app-keys', accountId, id))
    if (!appKey || !record) return undefined
    const { scopes, expiresAt } = appKey
    return prepareAppKey({ appKey: formatAppKey(accountId, id), secret: record.secret, accountId, scopes, expiresAt })
  }
}
