import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import { storeConfig } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { withGarbageLogin } from './garbage-login.ts'

/** Runs work on a store whose folders may be listed. */
export type ListingStore = <T>(work: (store: SecretStore) => Promise<T>) => Promise<T>

/** Undefined if no login may list: config-api's own may not at Vault. */
export function listingStore(configuration: ConfigApiConfiguration, store: SecretStore): ListingStore | undefined {
  if (configuration.secretStore !== 'vault') return (work) => work(store)
  const login = withGarbageLogin(configuration)
  if (login === undefined) return undefined
  return async (work) => {
    const opened = openSecretStore(storeConfig(login))
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }
}
