import { openSecretStore } from '@mtls-gateway/secret-store'
import { type CommonConfiguration, storeConfig } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../../admin-context.ts'

/**
 * The last step of a restore: opens the store as a start of the service does, so that it is known now what that would
 * refuse. What has to tell others that the store was put back belongs here.
 * @throws CodedError of `openSecretStore`
 */
export async function beginAnew(_context: AdminContext, configuration: CommonConfiguration): Promise<void> {
  const store = openSecretStore(storeConfig(configuration))
  try {
    await store.check()
  } finally {
    await store.close()
  }
}
