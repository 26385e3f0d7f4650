import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { field } from '@mtls-gateway/service-kit'
import { z } from 'zod'

/** As `openssl rand -base64 32` makes it, 44. */
const minCharacters = 32

/** Who the client is in a handshake; there is one. */
export const pskIdentity = 'config-api'

/**
 * TLS by a shared secret (RFC 5489, RFC 7905): each side proves that it has the secret, which itself is never sent, and
 * what was recorded stays closed if the secret is lost. It needs no certificates. Node has it up to TLS 1.2.
 */
export const pskTls = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

export const sharedSecretFile = field(
  'PROBER_SECRET_FILE',
  z.string().refine(holdsSecret, `must name a file with a secret of at least ${minCharacters} characters`),
  {
    example: '/run/secrets/prober-secret',
    meaning:
      'File of the secret by which config-api and the prober know each other (openssl rand -base64 32); read for each connection.',
  },
)

/**
 * Read each time, so that a secret which was replaced holds at once.
 * @throws Error: the file can't be read, or is too short
 */
export function readSharedKey(path: string): Buffer {
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < minCharacters) throw new Error(`${path} holds fewer than ${minCharacters} characters`)
  return Buffer.from(hkdfSync('sha256', secret, '', 'mtls-gateway prober', 32))
}

function holdsSecret(path: string): boolean {
  try {
    readSharedKey(path)
    return true
  } catch {
    return false
  }
}
