import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CodedError } from '@mtls-gateway/domain'
import { sessionKey } from '@mtls-gateway/service-kit'
import type { ConsoleConfiguration } from '../configuration/settings.ts'

/** What is sealed. Each has a key of its own, so that none passes as another. */
export type Purpose = 'session' | 'sign-in' | 'sign-in-code' | 'sign-in-confirmation'

const purposes: readonly Purpose[] = ['session', 'sign-in', 'sign-in-code', 'sign-in-confirmation']

export interface SealingKey {
  /** The `kid` header: tells which of several keys it is, and nothing about it. */
  readonly id: string
  readonly key: Uint8Array
}

/** The first one seals; all of them open. */
export type SealingKeys = Readonly<Record<Purpose, readonly [SealingKey, ...SealingKey[]]>>

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readSealingKeys({
  sessionKeyFile,
  dataDir,
}: Pick<ConsoleConfiguration, 'sessionKeyFile' | 'dataDir'>): SealingKeys {
  return sealingKeys(sessionKeyFile === undefined ? sessionKey(dataDir) : readFileSync(sessionKeyFile, 'utf8'))
}

/** @param text a key per line, each 32 bytes in base64 @throws CodedError `CONFIGURATION_INVALID` */
export function sealingKeys(text: string): SealingKeys {
  const lines = text.split(/\s+/).filter((line) => line !== '')
  if (lines.length === 0 || !lines.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      'CONSOLE_SESSION_KEY_FILE must have keys of 32 bytes in base64, one per line. Make one with: openssl rand -base64 32',
    )
  }
  const secrets = lines.map((line) => Buffer.from(line, 'base64'))
  const entries = purposes.map((purpose) => [purpose, secrets.map((secret) => derive(secret, purpose))])
  // There is at least one line, and the purposes are all there are, which fromEntries forgets.
  return Object.fromEntries(entries) as SealingKeys
}

function derive(secret: Buffer, purpose: Purpose): SealingKey {
  const bytes = (info: string, length: number) =>
    new Uint8Array(hkdfSync('sha256', secret, '', `mtls-gateway console ${info}`, length))
  return { id: Buffer.from(bytes('key id', 6)).toString('base64url'), key: bytes(purpose, 32) }
}
