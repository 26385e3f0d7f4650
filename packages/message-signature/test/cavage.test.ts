import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { MessageSignature } from '@mtls-gateway/domain'
import { accountKeyOf, signRequest } from '../src/index.ts'
import { bareKey, body, byName, certifiedKey, post } from './requests.ts'

/** The key of appendix C of draft-cavage-http-signatures-12. */
const key = bareKey(
  `-----BEGIN RSA PRIVATE KEY-----
MIICXgIBAAKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QF
NUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+F
UR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB
AoGBAJR8ZkCUvx5kzv+utdl7T5MnordT1TvoXXJGXK7ZZ+UuvMNUCdN2QPc4sBiA
QWvLw1cSKt5DsKZ8UETpYPy8pPYnnDEz2dDYiaew9+xEpubyeW2oH4Zx71wqBtOK
kqwrXa/pzdpiucRRjk6vE6YY7EBBs/g7uanVpGibOVAEsqH1AkEA7DkjVH28WDUg
f1nqvfn2Kj6CT7nIcE3jGJsZZ7zlZmBmHFDONMLUrXR/Zm3pR5m0tCmBqa5RK95u
412jt1dPIwJBANJT3v8pnkth48bQo/fKel6uEYyboRtA5/uHuHkZ6FQF7OUkGogc
mSJluOdc5t6hI1VsLn0QZEjQZMEOWr+wKSMCQQCC4kXJEsHAve77oP6HtG/IiEn7
kpyUXRNvFsDE0czpJJBvL/aRFUJxuRK91jhjC68sA7NsKMGg5OXb5I5Jj36xAkEA
gIT7aFOYBFwGgQAQkWNKLvySgKbAZRTeLBacpHMuQdl1DfdntvAyqpAZ0lY0RKmW
G6aFKaqQfOXKCyWoUiVknQJAXrlgySFci/2ueKlIE1QqIiLSZ8V8OlpFLRnb1pzI
7U1yQXnTAEFYM560yJlzUpOb1V4cScGd365tiSMvxLOvTA==
-----END RSA PRIVATE KEY-----`,
  'Test',
)
const date = 'Sun, 05 Jan 2014 21:31:40 GMT'
const request = post('/foo?param=value&pet=dog', ['Date', date, 'Content-Type', 'application/json'])

describe('a signature of draft-cavage-http-signatures-12', () => {
  it.each([
    [
      'date',
      'SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=',
    ],
    [
      '(request-target) host date',
      'qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=',
    ],
    [
      '(request-target) host date content-type digest content-length',
      'vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=',
    ],
  ])('is that of appendix C over %s', async (headers, signature) => {
    const fields = byName(await signRequest({ scheme: 'cavage', headers: headers.split(' ') }, key, request))
    expect(fields.signature).toBe(`keyId="Test",algorithm="rsa-sha256",headers="${headers}",signature="${signature}"`)
    if (headers.includes('digest')) expect(fields.digest).toBe('SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=')
    else expect(fields).not.toHaveProperty('digest')
  })

  it('names the certificate as NextGenPSD2 does, and brings it along', async () => {
    const seal = await certifiedKey('RSA-2048')
    const signature: MessageSignature = {
      scheme: 'cavage',
      headers: ['digest', 'x-request-id', 'date'],
      optionalHeaders: ['psu-id', 'tpp-redirect-uri'],
      digest: 'sha-512',
      algorithm: 'rsa-sha512',
    }
    const headers = ['X-Request-ID', '99391c7e', 'PSU-ID', 'anna', 'PSU-ID', 'bert']
    const fields = byName(await signRequest(signature, seal, post('/pay', headers)))
    const { certificate } = seal
    expect(fields['tpp-signature-certificate']).toBe(certificate?.raw.toString('base64'))
    const digest = createHash('sha512').update(body).digest('base64')
    expect(fields.digest).toBe(`SHA-512=${digest}`)
    const [, keyId, names, value = ''] =
      /^keyId="(.*?)",algorithm="rsa-sha512",headers="(.*?)",signature="(.*)"$/.exec(fields.signature ?? '') ?? []
    expect(keyId).toBe(`SN=${certificate?.serialNumber},CA=CN=D-Trust%20CA%202%20%C3%9C`)
    expect(names).toBe('digest x-request-id date psu-id')
    const text = `digest: SHA-512=${digest}\nx-request-id: 99391c7e\ndate: Thu, 01 Jan 1970 00:00:00 GMT\npsu-id: anna, bert`
    expect(fields.date).toBe('Thu, 01 Jan 1970 00:00:00 GMT')
    expect(verify('sha512', Buffer.from(text), seal.publicKey, Buffer.from(value, 'base64'))).toBe(true)
  })

  it('has no certificate, and the key by its kid, where the account signs', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const own = accountKeyOf(pem, { kid: 'k1', algorithm: 'ES256' })
    const fields = byName(await signRequest({ scheme: 'cavage', headers: ['date'] }, own, request))
    expect(Object.keys(fields)).toEqual(['signature'])
    const [, value = ''] = /^keyId="k1",algorithm="ecdsa-sha256",.*signature="(.*)"$/.exec(fields.signature ?? '') ?? []
    expect(verify('sha256', Buffer.from(`date: ${date}`), publicKey, Buffer.from(value, 'base64'))).toBe(true)
    await expect(signRequest({ scheme: 'cavage', algorithm: 'rsa-sha256' }, own, request)).rejects.toMatchObject({
      code: 'SIGNATURE_KEY_UNFIT',
      message: expect.stringMatching(/"rsa-sha256" takes those for RS256\. Activate another key/),
    })
  })

  it('has the digest of nothing where there is no body', async () => {
    const get = post('/', [], { method: 'GET', body: null, contentLength: undefined })
    const fields = byName(await signRequest({ scheme: 'cavage' }, key, get))
    expect(fields.digest).toBe('SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
  })

  it('signs the digest that goes out, whatever was there before', async () => {
    const sign = async (headers: readonly string[]) => {
      const request = post('/', headers)
      return byName(await signRequest({ scheme: 'cavage', headers: ['digest'] }, key, request)).signature
    }
    expect(await sign(['Digest', 'SHA-256=another'])).toBe(await sign([]))
  })

  it.each([
    ['x-request-id', []],
    ['content-length', []],
    ['x-name', ['X-Name', 'J\xf6rg']],
  ])('is refused where %s cannot be signed', async (name, headers) => {
    const signed = signRequest(
      { scheme: 'cavage', headers: [name] },
      key,
      post('/', headers, { contentLength: undefined }),
    )
    await expect(signed).rejects.toMatchObject({ code: 'SIGNATURE_HEADER_MISSING', details: { field: name } })
  })

  it('is refused with a key of another type', async () => {
    const signed = signRequest({ scheme: 'cavage' }, await certifiedKey('Ed25519'), request)
    await expect(signed).rejects.toMatchObject({ code: 'SIGNATURE_KEY_UNFIT' })
  })
})
