import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { finishRestore } from '../../files/ready-restore.ts'
import { configuredMasterKey, fingerprintOf, keyFiles, masterKeyFile } from '../encryption/master-key.ts'
import { HeadKeeper } from '../head/head-keeper.ts'
import { headKeys } from '../head/head-keys.ts'
import { factsOf } from './backup-files.ts'
import { backupFiles, type Manifest, writeManifest } from './manifest.ts'
import { checkStoreFiles } from './store-check.ts'

export interface BackUpOptions {
  readonly directory: string
  /** 32 bytes; without it the key is in `master.key` in that directory. */
  readonly masterKey?: Uint8Array | undefined
  /** The gateway's. */
  readonly version: string
  /** Whether `issuer.key` is copied, and `master.key`, unless the key is configured. */
  readonly withKeys: boolean
  /** Adds what is not the store's: `runtime.db`. */
  readonly addOthers?: ((to: string) => void) | undefined
}

/** Nobody writes for so long. */
const busyTimeoutMs = 10_000

/**
 * Copies the store of a directory, also while services use it, and checks the copy: `secrets.db` as it was at one
 * moment, and a `secrets.head` that belongs to it. Writers do not wait. `backup.json` names what is there, under a MAC.
 * @param to a directory that is there and empty; its files get mode 0600
 * @throws as `checkStoreFiles`; CodedError `CONFIGURATION_INVALID`: a rotation of the key is unfinished
 */
export function backUpEmbeddedStore(options: BackUpOptions, to: string): Manifest {
  const { directory, masterKey, version, withKeys, addOthers } = options
  finishRestore(directory)
  const path = join(directory, 'secrets.db')
  if (!existsSync(path)) throw new CodedError('STORE_MISSING', `There is no store in ${directory}: set DATA_DIR.`)
  if (!masterKey && existsSync(join(directory, keyFiles.next))) {
    const advice = 'Finish it first: mtls-admin rotate-master-key.'
    throw new CodedError('CONFIGURATION_INVALID', `A rotation of the master key was cut short. ${advice}`)
  }
  const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(directory, true)
  copyDatabase(path, join(to, 'secrets.db'))
  const copy = new DatabaseSync(join(to, 'secrets.db'))
  try {
    new HeadKeeper(copy, to, headKeys(key)).writeFile()
  } finally {
    copy.close()
  }
  const { secrets, store } = checkStoreFiles(to, key)
  addOthers?.(to)
  if (withKeys) {
    // With a configured key, a file with one is what an earlier configuration has left.
    if (!masterKey) writePrivately(join(to, 'master.key'), key.export())
    const issuerKey = join(directory, 'issuer.key')
    if (existsSync(issuerKey)) writePrivately(join(to, 'issuer.key'), readFileSync(issuerKey))
  }
  const names = backupFiles.filter((name) => existsSync(join(to, name)))
  const files = Object.fromEntries(names.map((name) => [name, factsOf(join(to, name))]))
  const createdAt = new Date().toISOString()
  const manifest = { createdAt, version, store, masterKey: fingerprintOf(key), secrets, files }
  writeManifest(to, manifest, key)
  return manifest
}

function writePrivately(path: string, content: Uint8Array): void {
  writeFileSync(path, content, { flag: 'wx', mode: 0o600, flush: true })
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
