import { timingSafeEqual } from 'node:crypto'
import type { SignatureMethod } from './header.ts'
import { HmacKey } from './hmac-key.ts'
import { percentEncode } from './percent-encoding.ts'

/** The HMAC key of an app secret without a token (RFC 5849 section 3.4.2): made once, when the secret is loaded. */
export function signingKey(appSecret: string): HmacKey {
  return new HmacKey(Buffer.from(`${percentEncode(appSecret)}&`))
}

/** Whether `signature` is that of the base string under the key; takes the same time wherever the two differ. */
export function isSignature(signature: string, method: SignatureMethod, key: HmacKey, baseString: string): boolean {
  const expected = Buffer.from(key.sign(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', baseString), 'latin1')
  const presented = Buffer.from(signature, 'utf8')
  return presented.length === expected.length && timingSafeEqual(presented, expected)
}
