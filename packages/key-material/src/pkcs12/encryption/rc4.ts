import type { Cipher } from './ciphers.ts'

/** RC4, which neither OpenSSL 3's default provider nor node-forge has: only to read old exports, never to write. */
export function rc4(bits: 40 | 128): Cipher {
  return {
    name: `RC4-${bits}`,
    keyBytes: bits / 8,
    ivBytes: 0,
    library: 'this package',
    decrypt: (key, _iv, data) => data.map(keyStream(key)) as Buffer,
  }
}

/** Adds one byte of key stream to each byte that it is called with. */
function keyStream(key: Buffer): (byte: number) => number {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index & 0xff] ?? 0
  const swap = (a: number, b: number) => {
    const kept = at(a)
    state[a & 0xff] = at(b)
    state[b & 0xff] = kept
  }
  let j = 0
  for (let i = 0; i < 256; i++) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 0xff
    swap(i, j)
  }
  let i = 0
  j = 0
  return (byte) => {
    i = (i + 1) & 0xff
    j = (j + at(i)) & 0xff
    swap(i, j)
    return byte ^ at(at(i) + at(j))
  }
}
