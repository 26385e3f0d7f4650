import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { backUpRuntimeFile } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import { backUpEmbeddedStore } from '@mtls-gateway/secret-store'
import type { AdminContext } from '../../admin-context.ts'
import { embeddedConfiguration } from './embedded-configuration.ts'
import { digestOf, kind, knownFormat, type Manifest, writeManifest } from './manifest.ts'

const keyFiles = ['master.key', 'issuer.key'] as const

export interface BackUpOptions {
  readonly folder: string
  readonly withKeys: boolean
  readonly json: boolean
}

/** Copies everything into a folder that appears when it is complete and checked. @throws CodedError */
export function backUp(context: AdminContext, { folder, withKeys, json }: BackUpOptions): void {
  const { dataDir, runtimeDir = dataDir, masterKey } = embeddedConfiguration(context)
  if (existsSync(folder))
    throw new CodedError('CONFIGURATION_INVALID', `${folder} is there already: name a new folder.`)
  if (!existsSync(join(dataDir, 'secrets.db'))) {
    throw new CodedError('STORE_MISSING', `There is no store in ${dataDir}: set DATA_DIR.`)
  }
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  try {
    const { secrets } = backUpEmbeddedStore({ directory: dataDir, masterKey: masterKey?.reveal() }, unfinished)
    const runtime = join(runtimeDir, 'runtime.db')
    if (existsSync(runtime)) backUpRuntimeFile(runtime, join(unfinished, 'runtime.db'))
    if (withKeys) copyKeys(dataDir, unfinished)
    const manifest = manifestOf(unfinished, { secrets, hasKeys: withKeys, version: context.service.version })
    writeManifest(unfinished, manifest)
    renameSync(unfinished, folder)
    context.print(json ? JSON.stringify({ folder, ...manifest }) : text(folder, manifest))
    context.note(keyNote(manifest, masterKey !== undefined))
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function manifestOf(folder: string, facts: Pick<Manifest, 'secrets' | 'hasKeys' | 'version'>): Manifest {
  const files = Object.fromEntries(readdirSync(folder).map((file) => [file, digestOf(folder, file)]))
  return { kind, format: knownFormat, createdAt: new Date().toISOString(), ...facts, files }
}

function copyKeys(from: string, to: string): void {
  for (const name of keyFiles) {
    if (!existsSync(join(from, name))) continue
    copyFileSync(join(from, name), join(to, name))
    chmodSync(join(to, name), 0o600)
  }
}

function text(folder: string, { secrets, files }: Manifest): string {
  return `${folder}: ${secrets} secrets, checked (${Object.keys(files).join(', ')})`
}

/** The one thing to know of a backup. */
function keyNote({ files, hasKeys }: Manifest, isConfigured: boolean): string {
  if ('master.key' in files) return 'It holds the master key: whoever has it has every private key.'
  const where = isConfigured ? 'MASTER_KEY' : 'master.key'
  const how = hasKeys || isConfigured ? '' : ', or use --with-keys'
  return `It does not hold the master key, and nothing opens it without: keep ${where} somewhere else${how}.`
}
