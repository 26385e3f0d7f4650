import { describe, expect, it } from '@jest/globals'
import type { MessageSignature } from '@mtls-gateway/domain'
import { flattenedVerify } from 'jose'
import { signRequest } from '../src/index.ts'
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
