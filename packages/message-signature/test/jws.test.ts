import { createHmac, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { MessageSignature } from '@mtls-gateway/domain'
import { flattenedVerify } from 'jose'
import { signRequest } from '../src/index.ts'
import { signingInput } from '../src/schemes/jws.ts'
import { body, byName, certifiedKey, post } from './requests.ts'

const request = post('/pay', [], { now: 1_700_000_000_123 })

/** What the holder of the body makes of the header field, by another implementation. */
async function read(signature: Omit<MessageSignature, 'scheme'>, keyType: 'RSA-2048' | 'EC-P256' | 'Ed25519') {
  const key = await certifiedKey(keyType)
  const fields = byName(await signRequest({ scheme: 'jws', ...signature }, key, request))
  const [head = '', payload, value = ''] = (fields[signature.headerName ?? 'x-jws-signature'] ?? '').split('.')
  expect(payload).toBe('')
  const detached = signature.unencodedPayload ? body : body.toString('base64url')
  const jws = { protected: head, payload: detached, signature: value }
  const crit = { 'http://openbanking.org.uk/iat': true, 'http://openbanking.org.uk/tan': true }
  const { protectedHeader } = await flattenedVerify(jws, key.publicKey, { crit })
  const wrong = flattenedVerify({ ...jws, payload: 'b3RoZXI' }, key.publicKey, { crit })
  await expect(wrong).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  return { key, protectedHeader }
}

const claims = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'

describe('what a JWS signs is that of', () => {
  it.each([
    [
      'RFC 7515, appendix A.2',
      { alg: 'RS256' },
      claims,
      {
        kty: 'RSA',
        n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
        e: 'AQAB',
      },
      'sha256',
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
    ],
    [
      'RFC 7515, appendix A.3',
      { alg: 'ES256' },
      claims,
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      'sha256',
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    ],
    [
      'RFC 7515, appendix A.4',
      { alg: 'ES512' },
      'Payload',
      {
        kty: 'EC',
        crv: 'P-521',
        x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
        y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
      },
      'sha512',
      'AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn',
    ],
    [
      'RFC 8037, appendix A.4',
      { alg: 'EdDSA' },
      'Example of Ed25519 signing',
      { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
      null,
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    ],
  ] as const)('%s, whose signature verifies with it', (_, header, payload, jwk, hash, signature) => {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const { input } = signingInput(header, Buffer.from(payload))
    const rightly = (bytes: Buffer) =>
      verify(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
    expect(rightly(input)).toBe(true)
    expect(rightly(signingInput(header, Buffer.from(`${payload} `)).input)).toBe(false)
  })

  /** Signed with the key of RFC 7515, appendix A.1. */
  it.each([
    [{ alg: 'HS256' }, 'eyJhbGciOiJIUzI1NiJ9', '5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ'],
    [
      { alg: 'HS256', b64: false, crit: ['b64'] },
      'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19',
      'A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY',
    ],
  ])('RFC 7797, section 4, with the header %j', (header, head, code) => {
    const secret = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const made = signingInput(header, Buffer.from('$.02'))
    expect(made.head).toBe(head)
    const hmac = createHmac('sha256', Buffer.from(secret, 'base64url')).update(made.input)
    expect(hmac.digest('base64url')).toBe(code)
  })
})

describe('a detached JWS', () => {
  it.each([
    ['RSA-2048', {}, 'PS256'],
    ['RSA-2048', { algorithm: 'RS256' }, 'RS256'],
    ['EC-P256', {}, 'ES256'],
    ['Ed25519', { unencodedPayload: true }, 'EdDSA'],
  ] as const)('of a key of %s with %j is verified by jose', async (keyType, signature, alg) => {
    const { key, protectedHeader } = await read(signature, keyType)
    const { keyId } = key
    const unencoded = 'unencodedPayload' in signature ? { b64: false, crit: ['b64'] } : {}
    expect(protectedHeader).toEqual({ alg, kid: keyId, 'x5t#S256': keyId, ...unencoded })
  })

  it('has what Open Banking wants in its header', async () => {
    const [iat, tan] = ['http://openbanking.org.uk/iat', 'http://openbanking.org.uk/tan']
    const signature = {
      keyId: 'k1',
      headerName: 'x-seal',
      issuedAt: iat,
      protectedHeader: { typ: 'JOSE', [tan]: 'uk' },
    }
    const { key, protectedHeader } = await read(signature, 'RSA-2048')
    const named = { kid: 'k1', 'x5t#S256': key.keyId, typ: 'JOSE' }
    expect(protectedHeader).toEqual({ alg: 'PS256', ...named, [tan]: 'uk', [iat]: 1_700_000_000, crit: [tan, iat] })
  })
})
