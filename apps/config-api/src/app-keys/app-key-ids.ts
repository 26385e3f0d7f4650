import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { newAppKeyId } from '@mtls-gateway/request-auth'
import type { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'

/** Makes ids of app keys, with the newest MAC key that the store has. */
export class AppKeyIds {
  readonly #macKeys: DeploymentMacKeys

  constructor(macKeys: DeploymentMacKeys) {
    this.#macKeys = macKeys
  }

  /** @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  async next(accountId: AccountId): Promise<RecordId> {
    return newAppKeyId(accountId, await this.#macKeys.newest())
  }
}
