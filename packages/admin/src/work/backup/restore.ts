import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { restoreEmbeddedStore } from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../../admin-context.ts'
import { beginAnew } from './begin-anew.ts'
import { embeddedConfiguration } from './embedded-configuration.ts'
import { readManifest } from './manifest.ts'

export interface RestoreOptions {
  readonly folder: string
  readonly force: boolean
  /** A file with the 32 bytes of the master key, for a backup without it. */
  readonly masterKeyFile: string | undefined
  readonly json: boolean
}

/** @throws CodedError */
export async function restore(context: AdminContext, options: RestoreOptions): Promise<void> {
  const { folder, force, masterKeyFile, json } = options
  const configuration = embeddedConfiguration(context)
  const { dataDir } = configuration
  const { createdAt, version } = readManifest(folder)
  const masterKey = configuration.masterKey?.reveal()
  const restored = restoreEmbeddedStore({ from: folder, directory: dataDir, masterKey, masterKeyFile, replace: force })
  bringAlong(folder, configuration)
  const epoch = await beginAnew(configuration)
  const facts = { dataDir, createdAt, version, epoch, ...restored }
  context.print(json ? JSON.stringify(facts) : text(facts))
  context.note('Changes since then are undone: deleted app keys work again. Start the services.')
  context.note('mtls-admin store restored says which, and with --revoke deletes those app keys again.')
}

/** What is there is newer: it knows of later uses, and of nonces. */
function bringAlong(folder: string, { dataDir, runtimeDir = dataDir }: CommonConfiguration): void {
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 })
  const files = [
    { from: join(folder, 'issuer.key'), to: join(dataDir, 'issuer.key') },
    { from: join(folder, 'runtime.db'), to: join(runtimeDir, 'runtime.db') },
  ]
  for (const { from, to } of files) if (existsSync(from) && !existsSync(to)) copyPrivately(from, to)
}

function copyPrivately(from: string, to: string): void {
  copyFileSync(from, to)
  chmodSync(to, 0o600)
}

interface RestoredFacts {
  readonly dataDir: string
  readonly createdAt: string
  readonly secrets: number
  readonly putAside?: string
}

function text({ dataDir, createdAt, secrets, putAside }: RestoredFacts): string {
  const done = `${dataDir}: ${secrets} secrets as of ${createdAt}, checked`
  return putAside === undefined ? done : `${done}\nThe store that was there is in ${putAside}.`
}
