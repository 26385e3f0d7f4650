import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { HmacKey } from '../src/oauth1/hmac-key.ts'

const key = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
/** Shorter and longer than the shared buffer. */
const text = fc.oneof(
  fc.string(),
  fc.nat(20_000).map((length) => 'x'.repeat(length)),
)
const algorithm = fc.constantFrom('sha1', 'sha256')

describe('an HMAC key', () => {
  it('makes the HMACs that OpenSSL makes', () => {
    fc.assert(
      fc.property(key, text, algorithm, (key, text, algorithm) => {
        const expected = createHmac(algorithm, key).update(text, 'latin1').digest('base64')

        expect(new HmacKey(key).sign(algorithm, text)).toBe(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  it('makes those of a text and the bytes behind it', () => {
    fc.assert(
      fc.property(key, text, fc.uint8Array({ maxLength: 5_000 }), algorithm, (key, text, more, algorithm) => {
        const expected = createHmac(algorithm, key).update(text, 'latin1').update(more).digest('base64')

        expect(new HmacKey(key).sign(algorithm, text, more)).toBe(expected)
      }),
    )
  })

  it('shows nothing of the key to who prints it', () => {
    const hidden = new HmacKey(Buffer.from('secret&'))

    expect(JSON.stringify(hidden)).toBe('{}')
  })
})
