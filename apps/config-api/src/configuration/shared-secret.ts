import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { field, fileFor } from '@mtls-gateway/service-kit'

/** `openssl rand -base64 32` makes 44. */
const minCharacters = 32

export const sharedSecretFile = field(
  'PROBER_SECRET_FILE',
  fileFor(readSharedKey, `must name a file with a secret of at least ${minCharacters} characters`),
  {
    isSecretFile: true,
    example: '/run/secrets/prober-secret',
    meaning:
      'File with the secret that config-api and the prober share (openssl rand -base64 32); read for each connection.',
  },
)

/**
 * Reads it each time, so that a replaced secret takes effect at once.
 * @throws Error: the file can't be read, or is too short
 */
export function readSharedKey(path: string): Buffer {
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < minCharacters) throw new Error(`${path} holds fewer than ${minCharacters} characters`)
  return Buffer.from(hkdfSync('sha256', secret, '', 'mtls-gateway prober', 32))
}
