import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
/** 96 bits, as NIST SP 800-38D section 8.2.2 asks of random ones; safe for 2^32 seals with one key (section 8.3). */
const ivBytes = 12
const tagBytes = 16

/** Encrypts with AES-256-GCM: IV, tag, ciphertext. It opens only under the same `label`, the associated data. */
export function seal(key: KeyObject, label: string, plain: Uint8Array): Uint8Array {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(label))
  const ciphertext = [cipher.update(plain), cipher.final()]
  return Buffer.concat([iv, cipher.getAuthTag(), ...ciphertext])
}

/** What was sealed, or undefined if the key, the label or a single bit is not that of the seal. */
export function unseal(key: KeyObject, label: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined
  const iv = sealed.subarray(0, ivBytes)
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(label))
    .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  const plain = decipher.update(sealed.subarray(ivBytes + tagBytes))
  try {
    return Buffer.concat([plain, decipher.final()])
  } catch {
    return undefined
  }
}
