import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  kindFolder,
  recordKinds,
  type SecretFolder,
  type SecretPath,
  type SecretStore,
} from '@mtls-gateway/secret-store'

/** What a store holds, by its paths. */
export type StoredValues = Readonly<Record<string, object>>

const folders: readonly string[] = [...(['accounts', ...recordKinds] as const).map(kindFolder), 'deployment/']

export async function readAllValues(store: SecretStore): Promise<StoredValues> {
  const values: Record<string, object> = {}
  const read = async (folder: string) => {
    // What the store has listed are paths and folders.
    for (const name of await store.list(folder as SecretFolder)) {
      const path = folder + name
      if (name.endsWith('/')) await read(path)
      else values[path] = (await store.get(path as SecretPath))?.value ?? {}
    }
  }
  for (const folder of folders) await read(folder)
  return values
}

/** What a release has stored in Vault. @param data a folder of `test/fixtures` */
export async function readVaultContents(data: string): Promise<StoredValues> {
  return JSON.parse(await readFile(join(data, 'vault.json'), 'utf8'))
}
