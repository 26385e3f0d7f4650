import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backUpRuntimeFile } from '@mtls-gateway/coordination'
import { backUpEmbeddedStore, type Manifest } from '@mtls-gateway/secret-store'
import type { AdminContext } from '../../admin-context.ts'
import { embeddedConfiguration } from './embedded-configuration.ts'

export interface BackUpOptions {
  readonly folder: string
  readonly withKeys: boolean
  readonly json: boolean
}

/** Copies everything into a folder that appears when it is complete and checked. @throws CodedError */
export function backUp(context: AdminContext, { folder, withKeys, json }: BackUpOptions): void {
  const { dataDir, runtimeDir = dataDir, masterKey } = embeddedConfiguration(context)
  const runtime = join(runtimeDir, 'runtime.db')
  const copyRuntime = (to: string) => {
    const isThere = existsSync(runtime)
    if (isThere) backUpRuntimeFile(runtime, to)
    return isThere
  }
  const { version } = context.service
  const store = { directory: dataDir, masterKey: masterKey?.reveal(), version, withKeys, copyRuntime }
  const manifest = backUpEmbeddedStore(store, folder)
  context.print(json ? JSON.stringify({ folder, ...manifest }) : text(folder, manifest))
  context.note(keyNote(manifest, { isConfigured: masterKey !== undefined, withKeys }))
}

function text(folder: string, { secrets, files, masterKey }: Manifest): string {
  return `${folder}: ${secrets} secrets, checked (${Object.keys(files).join(', ')})\nmaster key: ${masterKey}`
}

/** The one thing to know of a backup. */
function keyNote(
  { files }: Manifest,
  { isConfigured, withKeys }: Record<'isConfigured' | 'withKeys', boolean>,
): string {
  if ('master.key' in files) {
    return (
      'It holds the master key: whoever has it has every private key, and whoever may write to it could replace all of ' +
      'it. Note the fingerprint of the master key: restore asks for it.'
    )
  }
  const where = isConfigured ? 'MASTER_KEY' : 'master.key'
  const how = withKeys || isConfigured ? '' : ', or use --with-keys'
  return `It does not hold the master key, and nothing opens it without: keep ${where} somewhere else${how}.`
}
