import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { openDatabase } from '../database.ts'
import { rowLabel } from '../embedded-store.ts'
import { checkMasterKey } from '../encryption/master-key.ts'
import { unseal } from '../encryption/seal.ts'
import { HeadKeeper } from '../head/head-keeper.ts'
import { headKeys } from '../head/head-keys.ts'
import { mismatchSentences } from '../head/mismatch.ts'

export interface CheckedFiles {
  readonly secrets: number
  /** Names the store: the lineage of its head. */
  readonly store: string
}

/**
 * Checks a store that nobody else uses, byte by byte: SQLite's own check, the head with its file, and whether every
 * secret opens with the key.
 * @throws CodedError `STORE_DAMAGED`, `STORE_MISSING`, `STORE_NEWER`, `MASTER_KEY_WRONG`; an error of SQLite
 */
export function checkStoreFiles(directory: string, key: KeyObject): CheckedFiles {
  const path = join(directory, 'secrets.db')
  if (!existsSync(path)) throw new CodedError('STORE_MISSING', `There is no secrets.db in ${directory}.`)
  const database = openDatabase(path)
  try {
    checkIntegrity(database, path)
    checkMasterKey(database, key)
    const store = checkHead(database, directory, key)
    return { secrets: openAll(database, key), store }
  } finally {
    database.close()
  }
}

/** Checks a `runtime.db` that nobody else uses. @throws CodedError `STORE_DAMAGED` */
export function checkRuntimeFile(path: string): void {
  const database = new DatabaseSync(path)
  try {
    checkIntegrity(database, path)
  } catch (cause) {
    throw cause instanceof CodedError ? cause : damaged(`${path} is not a database of SQLite.`, { cause })
  } finally {
    database.close()
  }
}

function checkIntegrity(database: DatabaseSync, path: string): void {
  const [first] = database.prepare('PRAGMA integrity_check(1)').all()
  if (first?.integrity_check !== 'ok') throw damaged(`SQLite finds ${path} damaged: ${String(first?.integrity_check)}.`)
}

function checkHead(database: DatabaseSync, directory: string, key: KeyObject): string {
  const keeper = new HeadKeeper(database, directory, headKeys(key))
  const steps = keeper.examine(keeper.find())
  for (;;) {
    const { done, value } = steps.next()
    if (!done) continue
    const { mismatch = 'no-head', head } = value
    if (value.mismatch !== undefined || typeof head !== 'object') throw damaged(mismatchSentences[mismatch])
    return head.lineage
  }
}

function openAll(database: DatabaseSync, key: KeyObject): number {
  let secrets = 0
  for (const row of database.prepare('SELECT path, version, sealed FROM secrets').iterate()) {
    // The table is STRICT: its columns have these types.
    const { path, version, sealed } = row as { path: string; version: number; sealed: Uint8Array }
    if (unseal(key, rowLabel(path, version), sealed) === undefined)
      throw damaged(`The secret at ${path} does not open.`)
    secrets += 1
  }
  return secrets
}

function damaged(sentence: string, options?: ErrorOptions): CodedError {
  return new CodedError('STORE_DAMAGED', sentence, options)
}
