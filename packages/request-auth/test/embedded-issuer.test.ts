import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { calculateJwkThumbprint } from 'jose'
import { EmbeddedIssuer, embeddedIssuerName, generateIssuerKey, JwtVerifier, localTokenKeys } from '../src/index.ts'

const startMs = Date.parse('2026-02-03T04:05:06.789Z')
const request = {
  subject: 'demo',
  accounts: [parseAccountId('le123')],
  scopes: ['mtls:read', 'mtls:write'],
  expiresInSeconds: 60,
} as const

function verifierOf(issuer: EmbeddedIssuer, nowMs = startMs): JwtVerifier {
  const keys = localTokenKeys(issuer.publicJwks())
  return new JwtVerifier({ keys, issuer: embeddedIssuerName, audience: embeddedIssuerName, clock: () => nowMs })
}

describe('the embedded issuer', () => {
  const issuer = new EmbeddedIssuer({ key: generateIssuerKey(), clock: () => startMs })

  it('issues tokens that the verifier of its public keys takes', async () => {
    await expect(verifierOf(issuer).verify(await issuer.issue(request))).resolves.toEqual({
      kind: 'bearer',
      subject: 'mtls-gateway#demo',
      accounts: new Set(['le123']),
      scopes: new Set(['mtls:read', 'mtls:write']),
      // `exp` has whole seconds.
      expiresAtMs: Math.floor(startMs / 1_000) * 1_000 + 60_000,
    })
    const forAll = await issuer.issue({ ...request, accounts: '*' })
    await expect(verifierOf(issuer).verify(forAll)).resolves.toMatchObject({ accounts: '*' })
  })

  it('issues tokens that end', async () => {
    const token = await issuer.issue(request)
    await expect(verifierOf(issuer, startMs + 60_000).verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('is the same one after a restart with the same key, and another with another', async () => {
    const key = generateIssuerKey()
    const [before, after] = [key, key].map((bytes) => new EmbeddedIssuer({ key: bytes, clock: () => startMs }))
    if (!before || !after) throw new Error('two issuers were made')
    await expect(verifierOf(after).verify(await before.issue(request))).resolves.toBeDefined()
    await expect(verifierOf(issuer).verify(await before.issue(request))).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    })
  })

  it('publishes its public key alone, named by its thumbprint (RFC 7638)', async () => {
    const { keys } = issuer.publicJwks()
    const [jwk] = keys
    if (!jwk) throw new Error('no key')
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk))
    expect(keys).toHaveLength(1)
  })

  it.each([
    ['nothing', ''],
    ['a text', 'secret-text'],
    ['a public key', JSON.stringify(issuer.publicJwks().keys[0])],
    [
      'an RSA key',
      JSON.stringify(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' })),
    ],
    ['half a file', Buffer.from(generateIssuerKey()).subarray(0, 100).toString()],
  ])('does not start with %s for a key, and does not quote it', (_, key) => {
    let thrown: unknown
    try {
      new EmbeddedIssuer({ key: Buffer.from(key), clock: () => startMs })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'CONFIGURATION_INVALID' })
    expect(inspect(thrown)).not.toMatch(/secret-text|"d"/)
  })
})
