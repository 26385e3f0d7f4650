import type { KeyObject } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError, type ErrorCode } from '@mtls-gateway/domain'
import { endFirstStart, isFirstStart } from '../files/first-start-marker.ts'
import { finishRestore } from '../files/ready-restore.ts'
import { isStoreError, type SecretStore, type StoreErrorReason } from '../port/secret-store.ts'
import { openDatabase } from './database.ts'
import { EmbeddedStore } from './embedded-store.ts'
import { checkMasterKey, configuredMasterKey, isKeyOf, masterKeyFile } from './encryption/master-key.ts'
import { HeadKeeper } from './head/head-keeper.ts'
import { headKeys } from './head/head-keys.ts'
import { HeadWatch } from './head/head-watch.ts'
import { keyAfterRotation } from './head/key-rotation.ts'
import { checkHead, type HeadOptions } from './head/open-head.ts'
import { asStoreError, isFileError, isNotWritable } from './sqlite-error.ts'
import { WriteGuard } from './write-guard.ts'

export interface EmbeddedStoreOptions extends HeadOptions {
  /**
   * Holds `secrets.db`, `secrets.head` and `master.key`; made with mode 0700 if missing. Not on a network disk (WAL).
   */
  readonly directory: string
  /** 32 bytes. Without it the key is in `master.key`, which the first start makes. */
  readonly masterKey?: Uint8Array | undefined
  /** How often all rows are checked against the head while the store is open, in milliseconds; default only at open. */
  readonly recheckMs?: number | undefined
}

/**
 * Secrets in an SQLite file, encrypted with AES-256-GCM. Any number of processes on one host may share a directory.
 *
 * @throws CodedError `CONFIGURATION_INVALID`: the directory can't be made or written, or the key has not 32 bytes;
 *   `MASTER_KEY_WRONG`: it is not the key that the secrets were written with, or `master.key` is gone;
 *   `STORE_HEAD_MISMATCH`: something other than the gateway has written to the store; `STORE_MISSING`: there is a key
 *   but no store; `STORE_NEWER`: a later release has changed it; `STORE_DAMAGED`, `STORE_NOT_WRITABLE`,
 *   `STORE_UNAVAILABLE`: the database is not readable, can't be written, or is locked
 */
export function openEmbeddedStore(options: EmbeddedStoreOptions): SecretStore {
  const { directory, masterKey, onEvent } = options
  const path = join(directory, 'secrets.db')
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    finishRestore(directory)
    // In this order: the file of the key is always there before that of the secrets.
    const hasSecrets = existsSync(path)
    const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(directory, hasSecrets, onEvent)
    return openWithKey(openDatabase(path), key, options)
  } catch (error) {
    throw explain(error, directory)
  }
}

function openWithKey(database: DatabaseSync, given: KeyObject, options: EmbeddedStoreOptions): SecretStore {
  const { directory, masterKey, recheckMs, onEvent } = options
  try {
    // A key in the directory may have been rotated, now or while the store is open.
    const renewed = (before: KeyObject) => (masterKey ? undefined : keyAfterRotation(database, directory, before))
    let key = isKeyOf(database, given) ? given : (renewed(given) ?? given)
    checkMasterKey(database, key)
    const head = new HeadKeeper(database, directory, headKeys(key))
    const renewKey = () => {
      const next = renewed(key)
      if (next === undefined) return undefined
      key = next
      return { key, head: new HeadKeeper(database, directory, headKeys(key)) }
    }
    checkHead(database, head, { ...options, isFirstStart: () => isFirstStart(directory) })
    endFirstStart(directory)
    const guard = new WriteGuard(join(directory, 'secrets.db'), onEvent)
    if (recheckMs === undefined) return new EmbeddedStore({ database, key, head, guard, renewKey })
    const open = () => {
      const other = new DatabaseSync(join(directory, 'secrets.db'), { readOnly: true })
      const used = key
      return {
        database: other,
        keeper: new HeadKeeper(other, directory, headKeys(used)),
        hasKey: () => isKeyOf(other, used),
      }
    }
    return new EmbeddedStore({
      ...{ database, key, head, guard, renewKey },
      watch: (refuse) =>
        new HeadWatch({
          everyMs: recheckMs,
          open,
          onMismatch: (mismatch) => {
            refuse(mismatch)
            onEvent?.({ kind: 'mismatch', mismatch })
          },
        }),
    })
  } catch (error) {
    database.close()
    throw error
  }
}

/** What a start says of a store that can't be opened. */
const startFaults: Partial<Record<StoreErrorReason, readonly [code: ErrorCode, advice: string]>> = {
  damaged: ['STORE_DAMAGED', 'Restore a backup of the whole data directory.'],
  'not-writable': ['STORE_NOT_WRITABLE', 'Free space on its disk, or make it writable.'],
  unavailable: ['STORE_UNAVAILABLE', 'Check the disk, and what else uses the file.'],
}

function explain(error: unknown, directory: string): unknown {
  if (!isFileError(error) && !isNotWritable(error)) return startFault(asStoreError(error), directory)
  const { message } = error as Error
  return new CodedError(
    'CONFIGURATION_INVALID',
    `The data directory ${directory} can't be made or written: ${message}. Name one that this user may write.`,
    { cause: error },
  )
}

function startFault(error: unknown, directory: string): unknown {
  if (!isStoreError(error)) return error
  const [code, advice] = startFaults[error.reason] ?? []
  if (code === undefined) return error
  const { cause } = error
  const detail = cause instanceof Error ? cause.message : error.message
  const sentence = `The embedded store in ${directory} can't be opened: secrets.db (${detail}). ${advice}`
  return new CodedError(code, sentence, { cause: error })
}
