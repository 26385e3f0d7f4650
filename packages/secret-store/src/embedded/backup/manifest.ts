import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import { deriveKey } from '../encryption/master-key.ts'
import { type FileFacts, readUnlisted, refused } from './backup-files.ts'

/** What a backup may hold beside its manifest: nothing else is ever restored. */
export const backupFiles = ['secrets.db', 'secrets.head', 'runtime.db', 'issuer.key', 'master.key'] as const
export type BackupFile = (typeof backupFiles)[number]

/** What `backup.json` says of the files beside it. */
export interface Manifest {
  readonly createdAt: string
  /** The gateway's. */
  readonly version: string
  /** Names the store, also to its later backups. */
  readonly store: string
  /** The fingerprint of the key that the store is sealed under, and this manifest authenticated by. */
  readonly masterKey: string
  readonly secrets: number
  readonly files: Readonly<Partial<Record<BackupFile, FileFacts>>>
}

const kind = 'mtls-gateway-backup'
/** The format of this file, and of what a backup holds. Those of format 1 were not authenticated. */
const format = 2
export const manifestName = 'backup.json'
const mostBytes = 65_536
const [hexOf16Bytes, hexOf32Bytes] = [/^[0-9a-f]{32}$/, /^[0-9a-f]{64}$/]

export function writeManifest(folder: string, manifest: Manifest, masterKey: KeyObject): void {
  const text = JSON.stringify({ kind, format, ...manifest, mac: macOf(manifest, masterKey).toString('hex') }, null, 2)
  writeFileSync(join(folder, manifestName), `${text}\n`, { flag: 'wx', mode: 0o600, flush: true })
}

/** A manifest that nobody has vouched for yet. */
export interface ReadManifest extends Manifest {
  readonly mac: string
}

/** @throws CodedError `STORE_DAMAGED`, `STORE_MISSING`, `STORE_NEWER`; `CONFIGURATION_INVALID`: it has format 1 */
export function readManifest(folder: string): ReadManifest {
  const content = parse(folder)
  if (content.kind !== kind) {
    throw new CodedError('STORE_MISSING', `${join(folder, manifestName)} is not that of a backup.`)
  }
  if (Number(content.format) > format) {
    const release = String(content.version)
    throw new CodedError('STORE_NEWER', `${folder} was made by a later release, ${release}: restore it with that.`)
  }
  if (content.format === 1) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `The backup in ${folder} has format 1, from before backups were authenticated: nothing shows who has written ` +
        'it. See "Backups of format 1" in docs/upgrades.md, which says how to use it all the same.',
    )
  }
  return checked(content) ?? refuseForm(folder)
}

/** @throws CodedError `STORE_DAMAGED`: something else than a gateway with this key has written it */
export function verifyManifest(folder: string, manifest: ReadManifest, masterKey: KeyObject): void {
  if (timingSafeEqual(macOf(manifest, masterKey), Buffer.from(manifest.mac, 'hex'))) return
  throw refused(folder, manifestName, 'was changed after the backup was made (its MAC does not match)')
}

/** Over one form of all that the manifest says, whatever the order and the spaces of the JSON. */
function macOf({ createdAt, version, store, masterKey, secrets, files }: Manifest, key: KeyObject): Buffer {
  const listed = backupFiles.flatMap((name) => {
    const facts = files[name]
    return facts === undefined ? [] : [[name, facts.size, facts.sha256]]
  })
  const canonical = JSON.stringify([kind, format, createdAt, version, store, masterKey, secrets, listed])
  return createHmac('sha256', deriveKey(key, 'mtls-gateway/backup/manifest')).update(canonical).digest()
}

type Unchecked = Readonly<Record<string, unknown>>

function parse(folder: string): Unchecked {
  try {
    const content: unknown = JSON.parse(readUnlisted(folder, manifestName, mostBytes).toString())
    if (isObject(content)) return content
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === 'STORE_DAMAGED') throw cause
    const advice = 'name a folder that mtls-admin backup made.'
    throw new CodedError('STORE_MISSING', `There is no backup in ${folder}: ${advice}`, { cause })
  }
  return refuseForm(folder)
}

function checked({ createdAt, version, store, masterKey, secrets, files, mac }: Unchecked): ReadManifest | undefined {
  if (typeof createdAt !== 'string' || typeof version !== 'string' || !isSize(secrets) || !isObject(files)) return
  if (!isHex(store, hexOf16Bytes) || !isHex(masterKey, hexOf16Bytes) || !isHex(mac, hexOf32Bytes)) return
  const listed: Partial<Record<BackupFile, FileFacts>> = {}
  for (const [name, facts] of Object.entries(files)) {
    const known = backupFiles.find((each) => each === name)
    if (known === undefined || !isObject(facts)) return
    const { size, sha256 } = facts
    if (!isSize(size) || !isHex(sha256, hexOf32Bytes)) return
    listed[known] = { size, sha256 }
  }
  if (listed['secrets.db'] === undefined || listed['secrets.head'] === undefined) return
  return { createdAt, version, store, masterKey, secrets, files: listed, mac }
}

function refuseForm(folder: string): never {
  throw refused(folder, manifestName, 'is not one that mtls-admin backup has written')
}

function isObject(value: unknown): value is Unchecked {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isHex(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}
