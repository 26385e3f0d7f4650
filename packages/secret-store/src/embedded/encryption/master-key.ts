import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { readOrCreateFile } from '../../files/first-start-file.ts'
import { announceFirstStart } from '../../files/first-start-marker.ts'
import type { StoreEvent } from '../events/store-event.ts'
import { tellKeyFileMode } from './key-file-mode.ts'
import { seal, unseal } from './seal.ts'

export const keyBytes = 32
/** No secret is sealed under it: their labels all name a path and a version. */
const checkLabel = 'key-check'

/** In the data directory. */
export const keyFiles = {
  current: 'master.key',
  /** While the key is rotated: it takes the current one's place when everything is sealed under it. */
  next: 'master.key.next',
  /** After a rotation, for backups from before. */
  old: 'master.key.old',
} as const

/** A key for one purpose only, which the label names. */
export function deriveKey(masterKey: KeyObject, label: string): KeyObject {
  return createSecretKey(derive(masterKey, label, 32))
}

/** Names the key to people, and tells nothing else of it: 32 hex digits. */
export function fingerprintOf(masterKey: KeyObject): string {
  return derive(masterKey, 'mtls-gateway/master-key/fingerprint', 16).toString('hex')
}

function derive(masterKey: KeyObject, label: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', label, bytes))
}

/** The configured key, which must have 32 bytes. @throws CodedError `CONFIGURATION_INVALID` */
export function configuredMasterKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== keyBytes) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      'The master key must have 32 bytes (openssl rand -base64 32 makes one).',
    )
  }
  return createSecretKey(bytes)
}

/**
 * The key in `master.key`, made on first start. Where there are secrets already a new key could open none of them, so
 * a missing one is not made again.
 *
 * @throws CodedError `MASTER_KEY_WRONG`, or the error of `node:fs`
 */
export function masterKeyFile(
  directory: string,
  hasSecrets: boolean,
  onEvent?: (event: StoreEvent) => void,
): KeyObject {
  const path = join(directory, keyFiles.current)
  const hasKey = existsSync(path)
  if (hasSecrets && !hasKey) {
    throw new CodedError(
      'MASTER_KEY_WRONG',
      `${directory} holds secrets but no master.key: restore it from a backup, or configure the master key in use.`,
    )
  }
  if (!hasKey) announceFirstStart(directory)
  const bytes = readOrCreateFile(path, () => randomBytes(keyBytes))
  if (bytes.length !== keyBytes) {
    throw new CodedError('MASTER_KEY_WRONG', `${path} must hold 32 bytes and nothing else: restore it from a backup.`)
  }
  tellKeyFileMode(path, onEvent)
  return createSecretKey(bytes)
}

/**
 * Holds the key against the one that the database was made with. Whoever opens a new database first decides, and each
 * opener asks before it writes anything: two first starts with different keys can't both succeed.
 *
 * @throws CodedError `MASTER_KEY_WRONG`
 */
export function checkMasterKey(database: DatabaseSync, key: KeyObject): void {
  const mine = seal(key, checkLabel, new Uint8Array())
  database.prepare('INSERT INTO key_check (id, sealed) VALUES (1, ?) ON CONFLICT DO NOTHING').run(mine)
  if (!isKeyOf(database, key)) {
    throw new CodedError(
      'MASTER_KEY_WRONG',
      'The secrets were written with another master key: configure that one, or restore master.key from a backup.',
    )
  }
}

/** Whether the database was made with this key, or sealed anew under it. */
export function isKeyOf(database: DatabaseSync, key: KeyObject): boolean {
  const row = database.prepare('SELECT sealed FROM key_check').get()
  // The table is STRICT, so a BLOB comes out.
  return row !== undefined && unseal(key, checkLabel, row.sealed as Uint8Array) !== undefined
}

/** For the transaction that seals everything anew. */
export function writeKeyCheck(database: DatabaseSync, key: KeyObject): void {
  database.prepare('UPDATE key_check SET sealed = ?').run(seal(key, checkLabel, new Uint8Array()))
}

/** The key in a file; undefined if there is none. */
export function keyIn(path: string): KeyObject | undefined {
  try {
    const bytes = readFileSync(path)
    return bytes.length === keyBytes ? createSecretKey(bytes) : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
