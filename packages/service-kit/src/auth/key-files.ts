import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateIssuerKey } from '@mtls-gateway/request-auth'
import { readOrCreateFile } from '@mtls-gateway/secret-store'

/** The key of the embedded token issuer: made at the first start, shared by both services. */
export function issuerKey(dataDir: string): Uint8Array {
  return keyIn(dataDir, join(dataDir, 'issuer.key'), generateIssuerKey)
}

/** Where the key of the console's sessions is unless CONSOLE_SESSION_KEY_FILE names another file. */
export function sessionKeyPath(dataDir: string): string {
  return join(dataDir, 'console-session.key')
}

/** A file with the key of the console's sessions, as CONSOLE_SESSION_KEY_FILE is one: made at the first start. */
export function sessionKey(dataDir: string): string {
  const make = () => Buffer.from(`${randomBytes(32).toString('base64')}\n`)
  return Buffer.from(keyIn(dataDir, sessionKeyPath(dataDir), make)).toString('utf8')
}

function keyIn(dataDir: string, path: string, make: () => Uint8Array): Uint8Array {
  // A token may be asked for before anything has started.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return readOrCreateFile(path, make)
}
