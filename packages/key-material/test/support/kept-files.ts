import { readFileSync } from 'node:fs'

/** Made once by tools that not every machine has (test/fixtures/README.md); the certificates are valid until 2125. */
export const keptFingerprints = {
  rsa: '34fc6859d36f840b9dd2479cf1e71e4524034b326a042a491c47f9550e8b6ff1',
  ec: '734b6b3cbc752852d3f9870194dea405b7998370ef23de7ff7d1107dd606b237',
} as const

export function keptFile(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/kept/${name}.p12`, import.meta.url))
}
