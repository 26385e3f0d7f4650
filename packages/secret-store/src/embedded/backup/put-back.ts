import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { syncDirectory } from '../../files/sync-directory.ts'
import { configuredMasterKey, masterKeyFile } from '../encryption/master-key.ts'
import { isBusy } from '../sqlite-error.ts'
import { type CheckedFiles, checkStoreFiles } from './store-check.ts'

export interface RestoreOptions {
  /** A folder with `secrets.db`, `secrets.head` and, if it holds the key, `master.key`. */
  readonly from: string
  /** Made if it is missing. */
  readonly directory: string
  /** As in the settings; without it the key is in the backup, or in `master.key` in the directory. */
  readonly masterKey?: Uint8Array | undefined
  /** A file with the key, which becomes that of the directory. */
  readonly masterKeyFile?: string | undefined
  /** A store that is there is put aside. */
  readonly replace: boolean
}

export interface Restored extends CheckedFiles {
  /** Where the store that was there is now. */
  readonly putAside?: string
}

const stagingPrefix = 'restoring-'
const parts = ['master.key', 'secrets.head', 'secrets.db', 'secrets.db-wal', 'secrets.db-shm'] as const

/**
 * Puts a backup in the place of a store that no service uses. It is copied and checked first, and then takes its place
 * by renaming; a crash in between leaves a mixture that no service starts on, and another restore repairs it.
 * @throws CodedError `CONFIGURATION_INVALID`: a service uses the store, or one is there and `replace` is false; as
 *   `checkStoreFiles`
 */
export function restoreEmbeddedStore(options: RestoreOptions): Restored {
  const { from, directory, masterKey, masterKeyFile: keyFile, replace } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  removeLeftovers(directory)
  const staging = mkdtempSync(join(directory, stagingPrefix))
  try {
    const names = parts.filter((name) => existsSync(join(from, name)))
    for (const name of names) copyFileSync(join(from, name), join(staging, name))
    if (keyFile !== undefined) copyFileSync(keyFile, join(staging, 'master.key'))
    for (const name of readdirSync(staging)) chmodSync(join(staging, name), 0o600)
    const keyIn = existsSync(join(staging, 'master.key')) ? staging : directory
    const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(keyIn, true)
    const checked = checkStoreFiles(staging, key)
    const putAside = existsSync(join(directory, 'secrets.db')) ? asideOf(directory, replace) : undefined
    // In the order of a first start: the key is there before the secrets.
    for (const name of parts) moveOver(name, staging, directory, putAside)
    syncDirectory(directory)
    return { ...checked, ...(putAside !== undefined && { putAside }) }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** A restore that was killed leaves files that may hold a key. */
function removeLeftovers(directory: string): void {
  const leftovers = readdirSync(directory).filter((name) => name.startsWith(stagingPrefix))
  for (const name of leftovers) rmSync(join(directory, name), { recursive: true })
}

/** What is there goes aside, but a key for which the backup has none stays. */
function moveOver(
  name: (typeof parts)[number],
  staging: string,
  directory: string,
  putAside: string | undefined,
): void {
  const [next, current] = [join(staging, name), join(directory, name)]
  if (existsSync(current) && (existsSync(next) || name !== 'master.key')) {
    if (putAside === undefined) rmSync(current)
    else renameSync(current, join(putAside, name))
  }
  if (existsSync(next)) renameSync(next, current)
}

function asideOf(directory: string, replace: boolean): string {
  if (!replace) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `There is a store in ${directory}. With --force it is put aside, and replaced.`,
    )
  }
  refuseIfUsed(join(directory, 'secrets.db'))
  const aside = join(directory, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`)
  mkdirSync(aside, { mode: 0o700 })
  return aside
}

/** Only the one connection to a database may take it out of WAL mode. @throws CodedError `CONFIGURATION_INVALID` */
export function refuseIfUsed(path: string): void {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = DELETE')
  } catch (error) {
    // A store that is damaged can't be opened by a service either.
    if (isBusy(error)) throw new CodedError('CONFIGURATION_INVALID', `A service uses ${path}: stop all services first.`)
  } finally {
    database.close()
  }
}
