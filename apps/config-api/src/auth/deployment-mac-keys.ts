import { readOrMakeMacKeys } from '@mtls-gateway/registry'
import type { AppKeyMacs, MacKey } from '@mtls-gateway/request-auth'
import type { SecretStore } from '@mtls-gateway/secret-store'

/** The MAC keys of the deployment, for whatever is made with one. */
export class DeploymentMacKeys {
  readonly #store: SecretStore
  readonly #macs: AppKeyMacs

  constructor(store: SecretStore, macs: AppKeyMacs) {
    this.#store = store
    this.#macs = macs
  }

  /** Made when it is first needed. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  async newest(): Promise<MacKey> {
    const { generation } = this.#macs
    const { all, newest } = await readOrMakeMacKeys(this.#store)
    this.#macs.learn(all, generation)
    return newest
  }
}
