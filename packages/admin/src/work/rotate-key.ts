import { readFileSync } from 'node:fs'
import { CodedError } from '@mtls-gateway/domain'
import { rotateMasterKey } from '@mtls-gateway/secret-store'
import type { AdminContext } from '../admin-context.ts'
import { embeddedConfiguration } from './backup/embedded-configuration.ts'

export interface RotateOptions {
  /** A file with the new key in base64, where the key is configured. */
  readonly newKeyFile: string | undefined
  readonly json: boolean
}

/** @throws CodedError */
export function rotateKey(context: AdminContext, { newKeyFile, json }: RotateOptions): void {
  const { dataDir, masterKey } = embeddedConfiguration(context)
  if (masterKey === undefined && newKeyFile !== undefined) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      '--new-key-file is for a key in MASTER_KEY: this one is in master.key.',
    )
  }
  const configured = masterKey && { current: masterKey.reveal(), next: keyIn(newKeyFile) }
  const secrets = rotateMasterKey({
    directory: dataDir,
    configured,
    onProgress: (done, rows) => context.bar.show(done, rows, `${done} of ${rows} secrets`),
  })
  context.print(
    json ? JSON.stringify({ dataDir, secrets }) : `${dataDir}: ${secrets} secrets are sealed under the new key`,
  )
  context.note(configured ? configuredNote : fileNote)
}

const fileNote =
  'Services take the new key up by themselves. The old one is in master.key.old: delete it once you need no backup ' +
  'from before, and make a backup now.'

const configuredNote =
  'Set MASTER_KEY to the new key, and start the services. Keep the old one for backups from before, and make a backup now.'

function keyIn(file: string | undefined): Uint8Array {
  if (file === undefined) {
    const how = 'Write a new one to a file, and name it: openssl rand -base64 32 > FILE; --new-key-file FILE.'
    throw new CodedError('CONFIGURATION_INVALID', `The key is in MASTER_KEY, which this command can't change. ${how}`)
  }
  const text = readFileSync(file, 'utf8').trim()
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64')
  throw new CodedError('CONFIGURATION_INVALID', `${file} must hold 32 bytes in base64: openssl rand -base64 32 > FILE.`)
}
