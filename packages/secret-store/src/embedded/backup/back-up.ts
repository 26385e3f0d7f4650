import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { configuredMasterKey, keyFiles, masterKeyFile } from '../encryption/master-key.ts'
import { HeadKeeper } from '../head/head-keeper.ts'
import { headKeys } from '../head/head-keys.ts'
import { type CheckedFiles, checkStoreFiles } from './store-check.ts'

export interface StoreFiles {
  readonly directory: string
  /** 32 bytes; without it the key is in `master.key` in that directory. */
  readonly masterKey?: Uint8Array | undefined
}

/** Nobody writes for so long. */
const busyTimeoutMs = 10_000

/**
 * Copies the store of a directory, also while services use it, and checks the copy: `secrets.db` as it was at one
 * moment, and a `secrets.head` that belongs to it. Writers do not wait.
 * @param to a directory that is there; its files get mode 0600
 * @throws as `checkStoreFiles`; CodedError `CONFIGURATION_INVALID`: a rotation of the key is unfinished
 */
export function backUpEmbeddedStore({ directory, masterKey }: StoreFiles, to: string): CheckedFiles {
  if (!masterKey && existsSync(join(directory, keyFiles.next))) {
    const advice = 'Finish it first: mtls-admin rotate-master-key.'
    throw new CodedError('CONFIGURATION_INVALID', `A rotation of the master key was cut short. ${advice}`)
  }
  const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(directory, true)
  copyDatabase(join(directory, 'secrets.db'), join(to, 'secrets.db'))
  const copy = new DatabaseSync(join(to, 'secrets.db'))
  try {
    new HeadKeeper(copy, to, headKeys(key)).writeFile()
  } finally {
    copy.close()
  }
  return checkStoreFiles(to, key)
}

/** One read transaction, so that nothing is half there. */
function copyDatabase(from: string, to: string): void {
  // SQLite would make it with mode 0644; it takes an empty file.
  closeSync(openSync(to, 'wx', 0o600))
  const database = new DatabaseSync(from, { timeout: busyTimeoutMs, readOnly: true })
  try {
    database.prepare('VACUUM INTO ?').run(to)
  } finally {
    database.close()
  }
}
