import { hash } from 'node:crypto'
import type { HashAlgorithm } from './hashes.ts'

/** The purpose of the derived bytes (RFC 7292, appendix B.3). */
export const purpose = { key: 1, iv: 2, mac: 3 } as const

interface Pkcs12Derivation {
  readonly algorithm: HashAlgorithm
  /** The password in its Unicode form ({@link PasswordForms}). */
  readonly password: Buffer
  readonly salt: Buffer
  readonly iterations: number
  readonly purpose: (typeof purpose)[keyof typeof purpose]
  /** The number of bytes to derive. */
  readonly length: number
}

/**
 * The key derivation of PKCS#12 (RFC 7292, appendix B.2). The hash loop is node:crypto's: node-forge's own takes 6 to
 * 11 s for a million iterations.
 */
export function derivePkcs12(derivation: Pkcs12Derivation): Buffer {
  const { algorithm, iterations, length } = derivation
  const { node, blockBytes: v } = algorithm
  const diversifier = Buffer.alloc(v, derivation.purpose)
  const input = Buffer.concat([fill(derivation.salt, v), fill(derivation.password, v)])
  const blocks: Buffer[] = []
  for (let derived = 0; derived < length; derived += algorithm.outputBytes) {
    let block = hash(node, Buffer.concat([diversifier, input]), 'buffer')
    // OpenSSL also treats an iteration count of 0 as 1
    for (let round = 1; round < iterations; round++) block = hash(node, block, 'buffer')
    blocks.push(block)
    addToEachBlock(input, fill(block, v).subarray(0, v))
  }
  return Buffer.concat(blocks).subarray(0, length)
}

/** Repeats `bytes` up to a multiple of `v`. Empty stays empty. */
function fill(bytes: Buffer, v: number): Buffer {
  return bytes.length === 0 ? bytes : Buffer.alloc(v * Math.ceil(bytes.length / v), bytes)
}

/** Each block of `input` becomes (block + addend + 1) mod 2^(8v), step 6C. */
function addToEachBlock(input: Buffer, addend: Buffer): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1
    for (let index = addend.length - 1; index >= 0; index--) {
      carry += input.readUInt8(start + index) + addend.readUInt8(index)
      input.writeUInt8(carry & 0xff, start + index)
      carry >>= 8
    }
  }
}
