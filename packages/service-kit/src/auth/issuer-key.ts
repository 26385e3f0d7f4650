import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateIssuerKey } from '@mtls-gateway/request-auth'
import { readOrCreateFile } from '@mtls-gateway/secret-store'

/** The key of the embedded token issuer: made at the first start, shared by both services. */
export function issuerKey(dataDir: string): Uint8Array {
  // A token may be asked for before anything has started.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return readOrCreateFile(join(dataDir, 'issuer.key'), generateIssuerKey)
}
