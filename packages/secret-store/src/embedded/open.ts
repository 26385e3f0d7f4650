import type { KeyObject } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import type { SecretStore } from '../port.ts'
import { openDatabase } from './database.ts'
import { EmbeddedStore } from './embedded-store.ts'
import { checkMasterKey, configuredMasterKey, masterKeyFile } from './master-key.ts'
import { asStoreError, isNotWritable } from './sqlite-error.ts'

export interface EmbeddedStoreOptions {
  /** Where `secrets.db` and `master.key` are; made with mode 0700 if it is not there. Not on a network disk (WAL). */
  readonly directory: string
  /** 32 bytes. Without it the key is in `master.key`, which the first start makes. */
  readonly masterKey?: Uint8Array | undefined
}

/**
 * Secrets in an SQLite file, encrypted with AES-256-GCM. Any number of processes on one host may share a directory.
 *
 * @throws CodedError `CONFIGURATION_INVALID`: the directory can't be made or written, or the key has not 32 bytes;
 *   `MASTER_KEY_WRONG`: it is not the key that the secrets were written with, or `master.key` is gone
 * @throws StoreError `damaged` or `unavailable`: the database is not readable, or locked
 */
export function openEmbeddedStore(options: EmbeddedStoreOptions): SecretStore {
  const { directory, masterKey } = options
  const path = join(directory, 'secrets.db')
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // In this order: the file of the key is always there before that of the secrets.
    const hasSecrets = existsSync(path)
    const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(directory, hasSecrets)
    return openWithKey(openDatabase(path), key)
  } catch (error) {
    throw explain(error, directory)
  }
}

function openWithKey(database: DatabaseSync, key: KeyObject): SecretStore {
  try {
    checkMasterKey(database, key)
    return new EmbeddedStore(database, key)
  } catch (error) {
    database.close()
    throw error
  }
}

function explain(error: unknown, directory: string): unknown {
  // Of the errors that get here only those of node:fs have a syscall.
  const { message, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined && !isNotWritable(error)) return asStoreError(error)
  return new CodedError(
    'CONFIGURATION_INVALID',
    `The data directory ${directory} can't be made or written: ${message}. Name one that this user may write.`,
    { cause: error },
  )
}
