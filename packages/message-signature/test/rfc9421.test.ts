import { describe, expect, it } from '@jest/globals'
import { signRequest } from '../src/index.ts'
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
