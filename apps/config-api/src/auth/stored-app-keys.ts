import { type AppKeyName, formatAppKey } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import { type AccountWriter, readRecord } from '@mtls-gateway/registry'
import {
  type AppKeyCredential,
  type AppKeyMacs,
  type AppKeySource,
  prepareAppKey,
  signingKey,
  type UnconfirmedAppKey,
} from '@mtls-gateway/request-auth'
import type { SecretReader } from '@mtls-gateway/secret-store'

/**
 * App keys as the store has them now: config-api caches nothing. An invented key fails its MAC, so it costs no look-up.
 * A wrong signature costs one small record. Only a valid one costs the account, whose document may be large.
 */
export class StoredAppKeys implements AppKeySource {
  readonly #writer: AccountWriter
  readonly #store: SecretReader
  readonly #macs: AppKeyMacs

  constructor(writer: AccountWriter, store: SecretReader, macs: AppKeyMacs) {
    this.#writer = writer
    this.#store = store
    this.#macs = macs
  }

  find(name: AppKeyName): MaybePromise<UnconfirmedAppKey | undefined> {
    return andThen(this.#macs.mayExist(name), (mayExist) => (mayExist ? this.#read(name) : undefined))
  }

  async #read(name: AppKeyName): Promise<UnconfirmedAppKey | undefined> {
    const record = await readRecord(this.#store, 'app-keys', name.accountId, name.id)
    return record && { signingKey: signingKey(record.secret), confirm: () => this.#confirm(name, record.secret) }
  }

  /** The record of a deleted key may remain, so the account decides. */
  async #confirm({ accountId, id }: AppKeyName, secret: string): Promise<AppKeyCredential | undefined> {
    const appKey = (await this.#writer.appKeys(accountId)).find((candidate) => candidate.id === id)
    if (appKey === undefined) return undefined
    const { scopes, expiresAt } = appKey
    return prepareAppKey({ appKey: formatAppKey(accountId, id), secret, accountId, scopes, expiresAt })
  }
}
