import type { KeyObject } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { finishRestore } from '../../files/ready-restore.ts'
import { configuredMasterKey, fingerprintOf, keyFiles, masterKeyFile } from '../encryption/master-key.ts'
import { HeadKeeper } from '../head/head-keeper.ts'
import { headKeys } from '../head/head-keys.ts'
import { copyBackedUp, factsOf } from './backup-files.ts'
import { lockDirectory } from './directory-lock.ts'
import { type BackupFile, backupFiles, type Manifest, writeManifest } from './manifest.ts'
import { checkRuntimeFile, checkStoreFiles } from './store-check.ts'

export interface BackUpOptions {
  readonly directory: string
  /** 32 bytes; without it the key is in `master.key` in that directory. */
  readonly masterKey?: Uint8Array | undefined
  /** The gateway's. */
  readonly version: string
  /** Whether `issuer.key` is copied, and `master.key`, unless the key is configured. */
  readonly withKeys: boolean
  /** Copies `runtime.db`, which is not the store's, to a new file; false if there is none. */
  readonly copyRuntime?: ((to: string) => boolean) | undefined
}

/** Nobody writes for so long. */
const busyTimeoutMs = 10_000

const buildingPrefix = 'backing-up-'

/**
 * Copies the store of a directory, also while services use it, and checks the copy: `secrets.db` as it was at one
 * moment, and a `secrets.head` that belongs to it. Writers do not wait. `backup.json` names what is there, under a MAC.
 * All of it is made in the data directory, where nobody else can write. The folder may lie where others can: what they
 * put there, or in its place, is not what the MAC is over.
 * @param folder appears when it is complete; its files get mode 0600
 * @throws as `checkStoreFiles`; CodedError `CONFIGURATION_INVALID`: the folder is there already, another backup or
 *   restore runs, or a rotation of the key is unfinished
 */
export function backUpEmbeddedStore(options: BackUpOptions, folder: string): Manifest {
  const { directory } = options
  if (existsSync(folder))
    throw new CodedError('CONFIGURATION_INVALID', `${folder} is there already: name a new folder.`)
  finishRestore(directory)
  if (!existsSync(join(directory, 'secrets.db')))
    throw new CodedError('STORE_MISSING', `There is no store in ${directory}: set DATA_DIR.`)
  const lock = lockDirectory(directory)
  try {
    // Backups that were killed have left these.
    const leftovers = readdirSync(directory).filter((name) => name.startsWith(buildingPrefix))
    for (const name of leftovers) rmSync(join(directory, name), { recursive: true })
    const building = mkdtempSync(join(directory, buildingPrefix))
    try {
      const { manifest, key } = build(options, building)
      copyOut(building, folder, manifest, key)
      return manifest
    } finally {
      rmSync(building, { recursive: true, force: true })
    }
  } finally {
    lock.release()
  }
}

/** The manifest lists what was written here, and nothing that was found. */
function build(
  { directory, masterKey, version, withKeys, copyRuntime }: BackUpOptions,
  to: string,
): { manifest: Manifest; key: KeyObject } {
  if (!masterKey && existsSync(join(directory, keyFiles.next))) {
    const advice = 'Finish it first: mtls-admin rotate-master-key.'
    throw new CodedError('CONFIGURATION_INVALID', `A rotation of the master key was cut short. ${advice}`)
  }
  const key = masterKey ? configuredMasterKey(masterKey) : masterKeyFile(directory, true)
  const written: BackupFile[] = ['secrets.db', 'secrets.head']
  copyDatabase(join(directory, 'secrets.db'), join(to, 'secrets.db'))
  const copy = new DatabaseSync(join(to, 'secrets.db'))
  try {
    new HeadKeeper(copy, to, headKeys(key)).writeFile()
  } finally {
    copy.close()
  }
  const { secrets, store } = checkStoreFiles(to, key)
  if (copyRuntime?.(join(to, 'runtime.db'))) {
    checkRuntimeFile(join(to, 'runtime.db'))
    written.push('runtime.db')
  }
  if (withKeys) {
    const issuerKey = join(directory, 'issuer.key')
    if (existsSync(issuerKey)) {
      writePrivately(join(to, 'issuer.key'), readFileSync(issuerKey))
      written.push('issuer.key')
    }
    // With a configured key, a file with one is what an earlier configuration has left.
    if (!masterKey) {
      writePrivately(join(to, 'master.key'), key.export())
      written.push('master.key')
    }
  }
  const files = Object.fromEntries(written.map((name) => [name, factsOf(join(to, name))]))
  const createdAt = new Date().toISOString()
  return { manifest: { createdAt, version, store, masterKey: fingerprintOf(key), secrets, files }, key }
}

/** Others may be able to rename what is made here, but `restore` refuses all that differs from the manifest. */
function copyOut(building: string, folder: string, manifest: Manifest, key: KeyObject): void {
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
  // Fails if somebody else has made one in the meantime, who could then write to it.
  mkdirSync(unfinished, { mode: 0o700 })
  try {
    for (const name of backupFiles) {
      const facts = manifest.files[name]
      if (facts) copyBackedUp(building, name, facts, join(unfinished, name))
    }
    writeManifest(unfinished, manifest, key)
    renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
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
