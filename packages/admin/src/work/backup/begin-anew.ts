import { beginEpoch } from '@mtls-gateway/registry'
import { openSecretStore } from '@mtls-gateway/secret-store'
import { type CommonConfiguration, storeConfig } from '@mtls-gateway/service-kit'

/**
 * The last step of a restore: opens the store as a start of the service does, so that it is known now what that would
 * refuse, and begins a new epoch, so that nothing counts that was read from the store that was there. Its id.
 * @throws CodedError of `openSecretStore` and `beginEpoch`
 */
export async function beginAnew(configuration: CommonConfiguration): Promise<string> {
  const store = openSecretStore(storeConfig(configuration))
  try {
    await store.check()
    return (await beginEpoch(store)).id
  } finally {
    await store.close()
  }
}
