import { type EmbeddedStoreOptions, openEmbeddedStore, type SecretStore, type StoreEvent } from '../../src/index.ts'

/** What the refusal to open it offers an operator to accept. @throws if it is not refused */
export function refusedName(directory: string, options: Pick<EmbeddedStoreOptions, 'masterKey'> = {}): string {
  try {
    void openEmbeddedStore({ ...options, directory }).close()
  } catch (error) {
    const name = /EMBEDDED_STORE_ACCEPT=([0-9a-f]{16})\b/.exec(String(error))?.[1]
    if (name !== undefined) return name
    throw error
  }
  throw new Error(`${directory} was opened`)
}

/** A store that does not match its head, opened after an operator has accepted it as it is. */
export function openAccepted(directory: string, onEvent?: (event: StoreEvent) => void): SecretStore {
  return openEmbeddedStore({ directory, accept: refusedName(directory), onEvent })
}

/** A new store with a key of the configuration, which only an operator may begin. */
export function openNewWith(masterKey: Uint8Array, directory: string): SecretStore {
  return openEmbeddedStore({ directory, masterKey, accept: refusedName(directory, { masterKey }) })
}
