import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAccountId } from '@mtls-gateway/domain'
import {
  accountPath,
  backUpEmbeddedStore,
  openEmbeddedStore,
  type Restored,
  restoreEmbeddedStore,
} from '../../src/index.ts'
import { numbered, writtenPaths } from '../numbered.ts'

/** The backup lies in a folder of the directory that it is restored to. */
const folderIn = (directory: string) => join(directory, 'backup')
/** Written as the last step of a restore. */
export const preparedPath = accountPath(parseAccountId('prepared'))

/** A store with another master key than its backup, and with values of version 2 where that has version 1. */
export async function storeWithForeignBackup(directory: string, other: string): Promise<string> {
  for (const [each, versions] of [[directory, [1, 2]] as const, [other, [1]] as const]) {
    const store = openEmbeddedStore({ directory: each })
    for (const version of versions) {
      for (const path of writtenPaths) await store.put(path, numbered(version), version - 1)
    }
    await store.close()
  }
  writeFileSync(join(other, 'issuer.key'), 'of the backup')
  backUpEmbeddedStore({ directory: other, version: '1.2.3', withKeys: true }, folderIn(directory))
  return directory
}

/** Puts the store that is there aside. */
export async function restoreInto(directory: string): Promise<Restored> {
  const folder = folderIn(directory)
  return restoreEmbeddedStore({
    folder,
    directory,
    acceptMasterKey: JSON.parse(readFileSync(join(folder, 'backup.json'), 'utf8')).masterKey,
    replace: true,
    prepare: async (store) => void (await store.put(preparedPath, { n: 1 }, 0)),
  })
}
