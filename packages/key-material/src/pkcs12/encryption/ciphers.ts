import { createDecipheriv } from 'node:crypto'
import forge from 'node-forge'

export type Library = 'node:crypto' | 'node-forge' | 'this package'

/** Decrypts the contents of a file: a block cipher in CBC mode, or a stream cipher (`ivBytes` 0). */
export interface Cipher {
  readonly name: string
  readonly keyBytes: number
  readonly ivBytes: number
  readonly library: Library
  /** Undefined if the padding is wrong, because the key or the data is. */
  decrypt(key: Buffer, iv: Buffer, data: Buffer): Buffer | undefined
}

/** A cipher of node:crypto, by its name there. */
export function nativeCipher(name: string, node: string, keyBytes: number, ivBytes: number): Cipher {
  return {
    name,
    keyBytes,
    ivBytes,
    library: 'node:crypto',
    decrypt(key, iv, data) {
      const decipher = createDecipheriv(node, key, iv).setAutoPadding(false)
      if (data.length % ivBytes !== 0) return undefined
      return withoutPadding(Buffer.concat([decipher.update(data), decipher.final()]), ivBytes)
    },
  }
}

export const tripleDes = nativeCipher('3DES-CBC', 'des-ede3-cbc', 24, 8)

/** RC2, which OpenSSL 3 has only in its legacy provider. Node does not load that. */
export function rc2(effectiveBits: number, keyBytes = effectiveBits / 8): Cipher {
  return {
    name: `RC2-${effectiveBits}-CBC`,
    keyBytes,
    ivBytes: 8,
    library: 'node-forge',
    decrypt(key, iv, data) {
      const decipher = forge.rc2.createDecryptionCipher(forgeBuffer(key), effectiveBits)
      decipher.start(forgeBuffer(iv))
      return finish(decipher, data)
    },
  }
}

/** Single DES, also only in the legacy provider. */
export const des: Cipher = {
  name: 'DES-CBC',
  keyBytes: 8,
  ivBytes: 8,
  library: 'node-forge',
  decrypt(key, iv, data) {
    const decipher = forge.cipher.createDecipher('DES-CBC', forgeBuffer(key))
    decipher.start({ iv: forgeBuffer(iv) })
    return finish(decipher, data)
  },
}

function forgeBuffer(bytes: Buffer): forge.util.ByteStringBuffer {
  return forge.util.createBuffer(bytes.toString('binary'))
}

interface ForgeDecipher {
  update(data: forge.util.ByteStringBuffer): void
  finish(pad: () => boolean): boolean
  readonly output: forge.util.ByteStringBuffer
}

/** Replaces the check of node-forge, which covers only the last byte of the padding: a wrong key must not pass. */
function finish(decipher: ForgeDecipher, data: Buffer): Buffer | undefined {
  if (data.length % 8 !== 0) return undefined
  decipher.update(forgeBuffer(data))
  decipher.finish(() => true)
  return withoutPadding(Buffer.from(decipher.output.getBytes(), 'binary'), 8)
}

/** PKCS#7 padding, all of its bytes. */
function withoutPadding(padded: Buffer, blockBytes: number): Buffer | undefined {
  const count = padded.at(-1) ?? 0
  if (count === 0 || count > blockBytes || count > padded.length) return undefined
  const end = padded.length - count
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined
}
