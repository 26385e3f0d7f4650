import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'

/** What `backup.json` says of the files beside it. */
export interface Manifest {
  readonly kind: typeof kind
  /** The format of this file and of what a backup holds. */
  readonly format: number
  readonly createdAt: string
  /** The gateway's. */
  readonly version: string
  readonly secrets: number
  /** Whether the keys are in it: then whoever has the backup has every private key. */
  readonly hasKeys: boolean
  /** SHA-256 in hex, by name. */
  readonly files: Readonly<Record<string, string>>
}

export const kind = 'mtls-gateway-backup'
export const knownFormat = 1
const name = 'backup.json'

export function digestOf(folder: string, file: string): string {
  return hash('sha256', readFileSync(join(folder, file)), 'hex')
}

export function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, name), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
}

/** Compares every file with it. @throws CodedError `STORE_DAMAGED`, `STORE_NEWER`, `STORE_MISSING` */
export function readManifest(folder: string): Manifest {
  const manifest = parse(folder)
  if (manifest.kind !== kind) throw new CodedError('STORE_MISSING', `${join(folder, name)} is not that of a backup.`)
  if (manifest.format > knownFormat) {
    throw new CodedError(
      'STORE_NEWER',
      `${folder} was made by a later release, ${manifest.version}: restore it with that.`,
    )
  }
  for (const [file, digest] of Object.entries(manifest.files)) {
    if (digestIn(folder, file) !== digest) {
      throw new CodedError('STORE_DAMAGED', `${join(folder, file)} is not what was backed up. Use another backup.`)
    }
  }
  return manifest
}

function parse(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  } catch (cause) {
    throw new CodedError(
      'STORE_MISSING',
      `There is no backup in ${folder}: name a folder that mtls-admin backup made.`,
      {
        cause,
      },
    )
  }
}

function digestIn(folder: string, file: string): string | undefined {
  try {
    return digestOf(folder, file)
  } catch {
    return undefined
  }
}
