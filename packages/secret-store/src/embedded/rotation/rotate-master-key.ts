import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import { readOrCreateFile } from '../../files/first-start-file.ts'
import { finishRestore } from '../../files/ready-restore.ts'
import { syncDirectory } from '../../files/sync-directory.ts'
import { refuseIfUsed } from '../backup/restore.ts'
import { openDatabase } from '../database.ts'
import {
  checkMasterKey,
  configuredMasterKey,
  isKeyOf,
  keyFiles,
  keyIn,
  masterKeyFile,
} from '../encryption/master-key.ts'
import { promoteNextKey, takeOverHeadFile } from '../head/key-rotation.ts'
import { reseal } from './reseal.ts'

export interface RotationOptions {
  readonly directory: string
  /** The key in use and the next one, 32 bytes each, where they are configured; otherwise they are in the directory. */
  readonly configured?: { readonly current: Uint8Array; readonly next: Uint8Array } | undefined
  readonly onProgress?: (done: number, rows: number) => void
}

/**
 * Seals the whole store under a new master key. It can be cut short at any moment and run again: until the transaction
 * has committed the old key is the right one, and from then on the new one, which every opener finds. With the key in
 * the directory, services may run, and take the new one up. If it is configured, they must be stopped.
 *
 * @returns the number of secrets
 * @throws CodedError `STORE_MISSING`, `MASTER_KEY_WRONG`; `CONFIGURATION_INVALID`: a service uses the store, or a key
 *   of an earlier rotation is still there
 * @throws StoreError `damaged`: the store is not what the gateway has written; nothing was changed
 */
export function rotateMasterKey({ directory, configured, onProgress = () => {} }: RotationOptions): number {
  finishRestore(directory)
  const path = join(directory, 'secrets.db')
  if (!existsSync(path)) throw new CodedError('STORE_MISSING', `There is no store in ${directory}: set DATA_DIR.`)
  if (configured) refuseIfUsed(path)
  const current = configured ? configuredMasterKey(configured.current) : masterKeyFile(directory, true)
  const next = configured ? configuredMasterKey(configured.next) : nextKey(directory, current)
  const database = openDatabase(path)
  try {
    const isResealed = isKeyOf(database, next) && !next.equals(current)
    if (!isResealed) checkMasterKey(database, current)
    const secrets = isResealed ? count(database) : reseal({ database, directory, current, next, onProgress })
    takeOverHeadFile(database, directory, current, next)
    if (!configured) promoteNextKey(directory)
    // What was sealed under the old key is overwritten in the file, too. Fails only where somebody reads: later then.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return secrets
  } finally {
    database.close()
  }
}

/** The one of a rotation that was cut short, or a new one; on disk before anything is sealed under it. */
function nextKey(directory: string, current: KeyObject): KeyObject {
  if (!existsSync(join(directory, keyFiles.next))) keepOldKey(directory, current)
  return createSecretKey(readOrCreateFile(join(directory, keyFiles.next), () => randomBytes(32)))
}

/** Backups from before open with no other. @throws CodedError `CONFIGURATION_INVALID`: an older one is there */
function keepOldKey(directory: string, current: KeyObject): void {
  const old = join(directory, keyFiles.old)
  if (existsSync(old) && keyIn(old)?.equals(current) !== true) {
    const advice = 'Move it to where the backups are that need it, or delete it, and run this again.'
    throw new CodedError('CONFIGURATION_INVALID', `${old} is there, from a rotation before. ${advice}`)
  }
  const unfinished = `${old}.tmp`
  writeFileSync(unfinished, readFileSync(join(directory, keyFiles.current)), { mode: 0o600, flush: true })
  renameSync(unfinished, old)
  syncDirectory(directory)
}

function count(database: ReturnType<typeof openDatabase>): number {
  return Number(database.prepare('SELECT count(*) AS secrets FROM secrets').get()?.secrets)
}
