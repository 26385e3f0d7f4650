import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { readOrMakeMacKeys } from '@mtls-gateway/registry'
import { type AppKeyMacs, newAppKeyId } from '@mtls-gateway/request-auth'
import type { SecretStore } from '@mtls-gateway/secret-store'

/** Makes ids of app keys, with the newest MAC key that the store has. */
export class AppKeyIds {
  readonly #store: SecretStore
  readonly #macs: AppKeyMacs

  constructor(store: SecretStore, macs: AppKeyMacs) {
    this.#store = store
    this.#macs = macs
  }

  /** The first id of a deployment also makes its MAC key. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  async next(accountId: AccountId): Promise<RecordId> {
    const { generation } = this.#macs
    const { all, newest } = await readOrMakeMacKeys(this.#store)
    this.#macs.learn(all, generation)
    return newAppKeyId(accountId, newest)
  }
}
