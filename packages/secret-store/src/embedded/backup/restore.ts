import { type KeyObject, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { linkUnlessThere } from '../../files/first-start-file.ts'
import { beginStaging, endStaging, finishRestore, putInPlace } from '../../files/ready-restore.ts'
import type { SecretStore } from '../../port/secret-store.ts'
import { configuredMasterKey, fingerprintOf, keyBytes, keyFiles, keyIn } from '../encryption/master-key.ts'
import { HeadFile } from '../head/head-file.ts'
import { headKeys } from '../head/head-keys.ts'
import { openEmbeddedStore } from '../open.ts'
import { isBusy } from '../sqlite-error.ts'
import { copyBackedUp, readBackedUp, refused } from './backup-files.ts'
import { lockDirectory } from './directory-lock.ts'
import { type BackupFile, backupFiles, type Manifest, manifestName, readManifest, verifyManifest } from './manifest.ts'
import { checkRuntimeFile, checkStoreFiles } from './store-check.ts'

export interface RestoreOptions {
  /** That `backUpEmbeddedStore` has made. Somebody else may have written to it since. */
  readonly folder: string
  /** Made if it is missing. */
  readonly directory: string
  /** Where `runtime.db` belongs, if not into the directory. */
  readonly runtimeDirectory?: string | undefined
  /** As in the settings. */
  readonly masterKey?: Uint8Array | undefined
  /** A file with the key, which becomes that of the directory. */
  readonly masterKeyFile?: string | undefined
  /** The fingerprint of a master key that may come from the backup, or replace the one that is there. */
  readonly acceptMasterKey?: string | undefined
  /** A store that is there is put aside. */
  readonly replace: boolean
  /** The last step on the copy, before it takes its place. */
  readonly prepare?: ((store: SecretStore) => Promise<void>) | undefined
}

export interface Restored extends Pick<Manifest, 'createdAt' | 'version' | 'store' | 'masterKey' | 'secrets'> {
  readonly files: readonly BackupFile[]
  /** In the backup, too, but what was there is newer. */
  readonly kept: readonly BackupFile[]
  /** In the folder, but not in the backup. */
  readonly ignored: readonly string[]
  /** The store that was there, if that can be told. */
  readonly storeBefore?: string
  /** Where it is now. */
  readonly putAside?: string
}

/**
 * Puts a backup in the place of a store that no service uses. Nothing of it is believed before its manifest is found to
 * be written by a gateway with the master key, and only what the manifest names is copied. The copy is checked, and
 * then takes its place: all of it or nothing, also after a crash.
 * @throws CodedError `CONFIGURATION_INVALID`: a service uses the store, another backup or restore runs, a store is
 *   there and `replace` is false, or the master key would change; `MASTER_KEY_WRONG`; as `readManifest` and
 *   `checkStoreFiles`
 */
export async function restoreEmbeddedStore(options: RestoreOptions): Promise<Restored> {
  const { directory, runtimeDirectory = directory } = options
  // Refused before anything is made.
  finishRestore(directory)
  acceptedBackup(options)
  for (const each of [directory, runtimeDirectory]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(directory)
  try {
    return await restoreAlone(options)
  } finally {
    lock.release()
  }
}

/** While no other backup or restore runs: one that ran until now may have brought another key. */
async function restoreAlone(options: RestoreOptions): Promise<Restored> {
  const { folder, directory, runtimeDirectory = directory, replace, prepare } = options
  finishRestore(directory)
  const { manifest, key, present, isInstalled } = acceptedBackup(options)
  refuseStoreInPlace(directory, replace)
  const storeBefore = lineageIn(directory, present ?? key)
  const staging = beginStaging(directory)
  const runtime = join(runtimeDirectory, `runtime.db.${randomUUID()}.tmp`)
  try {
    const targets = targetsOf(options, { staging, runtime })
    for (const name of backupFiles) {
      const [facts, target] = [manifest.files[name], targets[name]]
      if (facts && target) copyBackedUp(folder, name, facts, target)
    }
    const keyTarget = join(staging, keyFiles.current)
    if (isInstalled) writeFileSync(keyTarget, key.export(), { flag: 'wx', mode: 0o600, flush: true })
    const { secrets } = checkStoreFiles(staging, key)
    if (existsSync(runtime)) checkRuntimeFile(runtime)
    await prepareStore(staging, key, prepare)

    // A service may have started meanwhile.
    refuseStoreInPlace(directory, replace)
    // By itself it means nothing: counts of uses, and no nonces.
    if (existsSync(runtime)) linkUnlessThere(runtime, join(runtimeDirectory, 'runtime.db'))
    const putAside = putInPlace(staging, directory)
    const { createdAt, version, store, masterKey } = manifest
    return {
      ...{ createdAt, version, store, masterKey, secrets },
      ...filesOf(manifest, folder, isInstalled ? [...Object.keys(targets), 'master.key'] : Object.keys(targets)),
      ...(storeBefore !== undefined && { storeBefore }),
      ...(putAside !== undefined && { putAside }),
    }
  } finally {
    endStaging(staging, directory)
    rmSync(runtime, { force: true })
  }
}

/** Its manifest, once it is clear who has written it. @throws CodedError as `restoreEmbeddedStore` */
function acceptedBackup(options: RestoreOptions): KeyOfBackup & { readonly manifest: Manifest } {
  const manifest = readManifest(options.folder)
  const keyOfBackup = keyOf(manifest, options)
  verifyManifest(options.folder, manifest, keyOfBackup.key)
  refuseUnaccepted(manifest, options, keyOfBackup)
  return { manifest, ...keyOfBackup }
}

interface KeyOfBackup {
  readonly key: KeyObject
  /** The one in the directory. */
  readonly present: KeyObject | undefined
  /** Whether it is to be written there. */
  readonly isInstalled: boolean
}

/** The key that was given, or the one in the directory; only if that is not the right one, the one in the backup. */
function keyOf(manifest: Manifest, options: RestoreOptions): KeyOfBackup {
  const { folder, directory, masterKey } = options
  const configured = masterKey && configuredMasterKey(masterKey)
  const given = givenKey(options, configured)
  const present = configured ? undefined : keyIn(join(directory, keyFiles.current))
  const isOfPresent = present !== undefined && fingerprintOf(present) === manifest.masterKey
  const key = given ?? (isOfPresent ? present : (containedKey(folder, manifest) ?? present))
  if (key === undefined) {
    throw new CodedError(
      'MASTER_KEY_WRONG',
      `The backup in ${folder} does not hold its master key, ${manifest.masterKey}: name a file with it ` +
        '(--master-key-file), put master.key into DATA_DIR, or set MASTER_KEY.',
    )
  }
  if (fingerprintOf(key) !== manifest.masterKey) {
    throw new CodedError(
      'MASTER_KEY_WRONG',
      `The backup in ${folder} was made with another master key: ${manifest.masterKey}, and not ${fingerprintOf(key)}. ` +
        'Name a file with that one (--master-key-file). After a rotation, it is master.key.old.',
    )
  }
  return { key, present: configured ?? present, isInstalled: !configured && present?.equals(key) !== true }
}

function givenKey({ masterKeyFile }: RestoreOptions, configured: KeyObject | undefined): KeyObject | undefined {
  if (masterKeyFile === undefined) return configured
  const bytes = readFileSync(masterKeyFile)
  if (bytes.length !== keyBytes) {
    throw new CodedError(
      'MASTER_KEY_WRONG',
      `${masterKeyFile} must hold the 32 bytes of a master.key and nothing else.`,
    )
  }
  const named = configuredMasterKey(bytes)
  if (configured === undefined || named.equals(configured)) return named
  const advice = 'Services would go on with MASTER_KEY: set it to the key of the backup, without --master-key-file.'
  throw new CodedError('CONFIGURATION_INVALID', `${masterKeyFile} and MASTER_KEY are different keys. ${advice}`)
}

function containedKey(folder: string, { files }: Manifest): KeyObject | undefined {
  const facts = files['master.key']
  if (facts === undefined) return undefined
  if (facts.size !== keyBytes) throw refused(folder, 'master.key', 'is not a master key')
  const chunks: Uint8Array[] = []
  readBackedUp(folder, 'master.key', facts, (chunk) => chunks.push(Uint8Array.from(chunk)))
  return configuredMasterKey(Buffer.concat(chunks))
}

/**
 * A key that a backup brings along says nothing of who has made the backup, and one that replaces another makes that
 * one's backups useless. Both need the operator's word, which names the key.
 */
function refuseUnaccepted(
  { masterKey }: Manifest,
  { folder, directory, masterKeyFile, acceptMasterKey }: RestoreOptions,
  { present, isInstalled }: KeyOfBackup,
): void {
  if (acceptMasterKey === masterKey) return
  if (acceptMasterKey !== undefined) {
    const sentence = `The master key of the backup in ${folder} is ${masterKey}, and not ${acceptMasterKey}.`
    throw new CodedError('MASTER_KEY_WRONG', `${sentence} Use the backup that was made with that one.`)
  }
  const path = join(directory, keyFiles.current)
  const isReplaced = existsSync(path)
  if (!isInstalled || (masterKeyFile !== undefined && !isReplaced)) return
  const before = present === undefined ? 'not a key' : fingerprintOf(present)
  const what = isReplaced
    ? `${path} (${before}) would be replaced by the master key of the backup in ${folder} (${masterKey}).`
    : `The backup in ${folder} brings its master key along (${masterKey}), and nothing else shows who has made it.`
  const known = 'If you know that key to be yours, for example because mtls-admin backup printed it'
  throw new CodedError('CONFIGURATION_INVALID', `${what} ${known}, add --accept-master-key ${masterKey}.`)
}

/** @throws CodedError `CONFIGURATION_INVALID` */
function refuseStoreInPlace(directory: string, replace: boolean): void {
  const path = join(directory, 'secrets.db')
  if (!existsSync(path)) return
  if (!replace) {
    const advice = 'With --force it is put aside, and replaced.'
    throw new CodedError('CONFIGURATION_INVALID', `There is a store in ${directory}. ${advice}`)
  }
  refuseIfUsed(path)
}

/** Where the files go; that of the master key is written with the key that was checked. */
function targetsOf(
  { directory, runtimeDirectory = directory }: RestoreOptions,
  { staging, runtime }: { readonly staging: string; readonly runtime: string },
): Readonly<Partial<Record<BackupFile, string>>> {
  // What is there is newer: it knows of later uses and nonces, and signs the tokens that are in use.
  const [hasIssuerKey, hasRuntime] = [join(directory, 'issuer.key'), join(runtimeDirectory, 'runtime.db')].map(
    existsSync,
  )
  return {
    'secrets.db': join(staging, 'secrets.db'),
    'secrets.head': join(staging, 'secrets.head'),
    ...(!hasIssuerKey && { 'issuer.key': join(staging, 'issuer.key') }),
    ...(!hasRuntime && { 'runtime.db': runtime }),
  }
}

/** As a start of the service opens it, so that it is known now what that would refuse. */
async function prepareStore(staging: string, key: KeyObject, prepare: RestoreOptions['prepare']): Promise<void> {
  const store = openEmbeddedStore({ directory: staging, masterKey: key.export() })
  try {
    await store.check()
    await prepare?.(store)
  } finally {
    await store.close()
  }
  // Everything is in the one file then.
  const database = new DatabaseSync(join(staging, 'secrets.db'))
  try {
    database.exec('PRAGMA journal_mode = DELETE')
  } finally {
    database.close()
  }
}

function lineageIn(directory: string, key: KeyObject): string | undefined {
  const note = new HeadFile(join(directory, 'secrets.head'), headKeys(key).file).read()
  return typeof note === 'object' ? note.lineage : undefined
}

function filesOf(
  { files }: Manifest,
  folder: string,
  written: readonly string[],
): Pick<Restored, 'files' | 'kept' | 'ignored'> {
  const listed = backupFiles.filter((name) => files[name] !== undefined)
  const found = readdirSync(folder).filter((name) => name !== manifestName)
  return {
    files: listed.filter((name) => written.includes(name)),
    kept: listed.filter((name) => name !== 'master.key' && !written.includes(name)),
    ignored: found.filter((name) => !listed.some((each) => each === name)),
  }
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
