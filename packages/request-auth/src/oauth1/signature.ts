import { timingSafeEqual } from 'node:crypto'
import type { SignatureMethod } from './header.ts'
import { type HmacHash, HmacKey } from './hmac-key.ts'
import { percentEncode } from './percent-encoding.ts'

/** The HMAC key of an app secret without a token (RFC 5849 section 3.4.2): made once, when the secret is loaded. */
export function signingKey(appSecret: string): HmacKey {
  return new HmacKey(Buffer.from(`${percentEncode(appSecret)}&`))
}

/** Reused for every comparison: creating two buffers takes longer than comparing them. */
const compared: Readonly<Record<HmacHash, { readonly expected: Buffer; readonly presented: Buffer }>> = {
  sha1: { expected: Buffer.alloc(28), presented: Buffer.alloc(28) },
  sha256: { expected: Buffer.alloc(44), presented: Buffer.alloc(44) },
}

/**
 * Whether `signature` is that of the base string under the key. Takes the same time wherever the two differ.
 * @param form the end of a base string that contains a form
 */
export function isSignature(
  signature: string,
  method: SignatureMethod,
  key: HmacKey,
  baseString: string,
  form?: Uint8Array,
): boolean {
  const algorithm = method === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const { expected, presented } = compared[algorithm]
  expected.write(key.sign(algorithm, baseString, form), 'latin1')
  const isWhole = signature.length === presented.length && presented.write(signature, 'utf8') === presented.length
  return isWhole && timingSafeEqual(presented, expected)
}
