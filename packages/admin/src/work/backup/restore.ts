import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beginEpoch } from '@mtls-gateway/registry'
import { EmbeddedIssuer } from '@mtls-gateway/request-auth'
import { type Restored, restoreEmbeddedStore } from '@mtls-gateway/secret-store'
import type { AdminContext } from '../../admin-context.ts'
import { embeddedConfiguration } from './embedded-configuration.ts'

export interface RestoreOptions {
  readonly folder: string
  readonly force: boolean
  /** A file with the 32 bytes of the master key, for a backup without it. */
  readonly masterKeyFile: string | undefined
  /** The fingerprint of a master key that the backup may bring along or replace. */
  readonly acceptMasterKey: string | undefined
  readonly json: boolean
}

/** @throws CodedError */
export async function restore(context: AdminContext, options: RestoreOptions): Promise<void> {
  const { folder, force, masterKeyFile, acceptMasterKey, json } = options
  const { dataDir, runtimeDir, masterKey } = embeddedConfiguration(context)
  let epoch = ''
  const restored = await restoreEmbeddedStore({
    folder,
    directory: dataDir,
    runtimeDirectory: runtimeDir,
    masterKey: masterKey?.reveal(),
    masterKeyFile,
    acceptMasterKey,
    replace: force,
    // So that nothing counts that was read from the store that was there.
    prepare: async (store) => {
      epoch = (await beginEpoch(store)).id
    },
  })
  context.print(json ? JSON.stringify({ dataDir, epoch, ...restored }) : text(dataDir, restored))
  for (const note of notesOf(dataDir, restored)) context.note(note)
}

function text(dataDir: string, { secrets, createdAt, version, masterKey, putAside }: Restored): string {
  return [
    `${dataDir}: ${secrets} secrets as of ${createdAt}, by release ${version}, checked`,
    `master key: ${masterKey}`,
    ...(putAside === undefined ? [] : [`What was there before is in ${putAside}.`]),
  ].join('\n')
}

const mostNames = 10

function notesOf(dataDir: string, { files, kept, ignored, store, storeBefore }: Restored): readonly string[] {
  const shown = ignored.slice(0, mostNames).map((name) => JSON.stringify(name))
  const more = ignored.length > mostNames ? `, and ${ignored.length - mostNames} more` : ''
  const isOther = storeBefore !== undefined && storeBefore !== store
  return [
    ...(ignored.length > 0 ? [`Not part of the backup, and not restored: ${shown.join(', ')}${more}.`] : []),
    ...(kept.length > 0
      ? [`${kept.join(' and ')} of the backup ${kept.length > 1 ? 'are' : 'is'} not restored: what is there is newer.`]
      : []),
    ...(files.includes('issuer.key')
      ? [`issuer.key was missing, and is that of the backup: key id ${keyIdIn(dataDir)}.`]
      : []),
    ...(isOther ? [`The backup is of another store (${store}) than the one that was there (${storeBefore}).`] : []),
    'Changes since then are undone: deleted app keys work again. Start the services.',
    'mtls-admin store restored says which, and with --revoke deletes those app keys again.',
  ]
}

/** What its tokens name it. */
function keyIdIn(dataDir: string): string | undefined {
  const key = readFileSync(join(dataDir, 'issuer.key'))
  return new EmbeddedIssuer({ key, clock: Date.now }).publicJwks().keys[0]?.kid
}
