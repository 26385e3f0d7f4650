import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, type JWK, SignJWT } from 'jose'

export const nowMs = Date.parse('2026-02-03T04:05:06.000Z')
export const nowSeconds = nowMs / 1_000
export const issuer = 'https://issuer.example'
export const audience = 'mtls-gateway'

/** The claims of a test's token; undefined leaves a claim out. */
export type TestClaims = Readonly<Record<string, unknown>>

export const claims: TestClaims = {
  iss: issuer,
  aud: audience,
  sub: 'user-1',
  exp: nowSeconds + 60,
  accounts: ['le123', 'le124'],
  scope: 'openid mtls:read mtls:write',
}

const pairs = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

export type Algorithm = keyof typeof pairs

/** A fresh key of an issuer: its public JWK, and tokens signed with it. */
export async function issuerKey(kid: string, alg: Algorithm = 'ES256') {
  const { privateKey, publicKey } = pairs[alg]()
  const jwk: JWK & { kty: string } = { kty: '', ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return {
    jwk,
    publicKey,
    sign: (payload: TestClaims = claims, header: Readonly<Record<string, unknown>> = {}) =>
      new SignJWT(JSON.parse(JSON.stringify(payload))).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  }
}
