import { constants, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { signingAlgorithms } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '../src/index.ts'

let pool: KeyMaterialPool

beforeAll(() => {
  pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
})
afterAll(() => pool.close())

describe('a signing key', () => {
  it.each(signingAlgorithms)('for %s verifies by its JWK, which has nothing private', async (algorithm) => {
    const { privateKey, jwk, kid } = await pool.makeSigningKey('one', algorithm)
    expect(kid).toMatch(/^\w[\w-]{42}$/)
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const padding = algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {}
    const hash = algorithm === 'EdDSA' ? null : 'sha256'
    const text = Buffer.from('text')
    const signature = sign(hash, text, { key: createPrivateKey(privateKey), ...padding })
    expect(verify(hash, text, { key: publicKey, ...padding }, signature)).toBe(true)
    const members = { EC: ['crv', 'kty', 'x', 'y'], RSA: ['e', 'kty', 'n'], OKP: ['crv', 'kty', 'x'] }
    expect(Object.keys(jwk).sort()).toEqual(members[jwk.kty as keyof typeof members])
  })
})
