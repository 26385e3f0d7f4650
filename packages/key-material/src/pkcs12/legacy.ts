import type { Encryption } from './encryption/encryption.ts'

/** RC2, RC4 and DES are in OpenSSL 3's legacy provider, so its commands need `-legacy`. */
export function needsLegacyProvider(encryptions: readonly Encryption[]): boolean {
  return encryptions.some(({ cipher }) => /^(RC2|RC4|DES|MD2)/.test(cipher))
}
