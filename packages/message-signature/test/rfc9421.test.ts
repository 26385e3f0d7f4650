import { constants, createHmac, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { signRequest } from '../src/index.ts'
import { FieldsToSign } from '../src/request-to-sign.ts'
import { signatureBase } from '../src/schemes/rfc9421.ts'
import { bareKey, byName, certifiedKey, post } from './requests.ts'

/** `test-key-ed25519` of RFC 9421, appendix B.1.4. */
const key = bareKey(
  `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----`,
  'test-key-ed25519',
)
const date = 'Tue, 20 Apr 2021 02:07:55 GMT'
const request = post('/foo?param=Value&Pet=dog', ['Date', date, 'Content-Type', 'application/json'], {
  now: 1_618_884_473_000,
})

/** What we sign, with components and an id of the key as in the examples of the RFC. */
function baseOf(components: readonly string[], keyId: string): Buffer {
  const signature = { scheme: 'rfc9421', components, keyId, digest: 'sha-512' } as const
  const task = { signature, algorithm: 'ed25519', key, request, fields: new FieldsToSign(request) } as const
  return Buffer.from(signatureBase(task).base)
}

/** `test-key-rsa-pss` of appendix B.1.2. */
const rsaPublicKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----`)

/**
 * The others of appendix B.2 cannot be asked for here: B.2.1 has a nonce, B.2.2 one parameter of the query, and B.2.4
 * is of an answer.
 */
describe('what is signed is that of RFC 9421 in the example of', () => {
  const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

  it('appendix B.2.3, whose signature verifies with it', () => {
    const components = ['date', '@method', '@path', '@query', '@authority']
    const all = [...components, 'content-type', 'content-digest', 'content-length']
    const base = baseOf(all, 'test-key-rsa-pss')
    expect(base.toString()).toBe(
      [
        `"date": ${date}`,
        '"@method": POST',
        '"@path": /foo',
        '"@query": ?param=Value&Pet=dog',
        '"@authority": example.com',
        '"content-type": application/json',
        `"content-digest": ${digest}`,
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
      ].join('\n'),
    )
    const signature =
      'bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA=='
    const pss = { key: rsaPublicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
    expect(verify('sha512', base, pss, Buffer.from(signature, 'base64'))).toBe(true)
  })

  it('appendix B.2.5, whose authentication code is that of it', () => {
    const secret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='
    const code = createHmac('sha256', Buffer.from(secret, 'base64'))
    code.update(baseOf(['date', '@authority', 'content-type'], 'test-shared-secret'))
    expect(code.digest('base64')).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=')
  })
})

describe('a message signature of RFC 9421', () => {
  it('is that of appendix B.2.6', async () => {
    const components = ['date', '@method', '@path', '@authority', 'content-type', 'content-length']
    expect(await signRequest({ scheme: 'rfc9421', components }, key, request)).toEqual([
      'Signature-Input',
      'sig1=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      'Signature',
      'sig1=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    ])
  })

  it('has the digest of that appendix, and names the algorithm if it was named', async () => {
    const signature = { scheme: 'rfc9421', digest: 'sha-512', algorithm: 'ed25519' } as const
    const fields = byName(await signRequest(signature, key, request))
    expect(fields['content-digest']).toBe(
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    )
    expect(fields['signature-input']).toBe(
      'sig1=("@method" "@target-uri" "content-digest");created=1618884473;keyid="test-key-ed25519";alg="ed25519"',
    )
  })

  it('names the certificate by its SHA-256', async () => {
    const certified = await certifiedKey('EC-P256')
    const fields = byName(await signRequest({ scheme: 'rfc9421', components: ['@query'] }, certified, request))
    expect(fields['signature-input']).toContain(`;keyid="${certified.keyId}"`)
    const sha256 = certified.certificate?.fingerprint256.replaceAll(':', '').toLowerCase()
    expect(Buffer.from(certified.keyId, 'base64url').toString('hex')).toBe(sha256)
  })
})
