import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readOrCreateFile } from '@mtls-gateway/secret-store'

/** Where the key of the console's sessions is unless CONSOLE_SESSION_KEY_FILE names another file. */
export function sessionKeyPath(dataDir: string): string {
  return join(dataDir, 'console-session.key')
}

/** A file with the key of the console's sessions, as CONSOLE_SESSION_KEY_FILE is one: made at the first start. */
export function sessionKey(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const make = () => Buffer.from(`${randomBytes(32).toString('base64')}\n`)
  return Buffer.from(readOrCreateFile(sessionKeyPath(dataDir), make)).toString('utf8')
}
