import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import { storeConfig } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { withGarbageLogin } from './garbage-login.ts'

/** Gives a piece of work a store whose folders may be listed, for as long as it takes. */
export type ListingStore = <T>(work: (store: SecretStore) => Promise<T>) => Promise<T>

/** Undefined where there is no login that may list: at Vault config-api's own may not. */
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
