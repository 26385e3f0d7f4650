import { beforeAll, describe, expect, it } from '@jest/globals'
import { SignJWT } from 'jose'
import { claimsRule, JwtVerifier, localTokenKeys } from '../src/index.ts'
import { type Algorithm, audience, claims, issuer, issuerKey, nowMs, nowSeconds, type TestClaims } from './jwt-setup.ts'

let key: Awaited<ReturnType<typeof issuerKey>>
let verifier: JwtVerifier

beforeAll(async () => {
  key = await issuerKey('key-1')
  verifier = verifierOf(key)
})

function verifierOf(...keys: Pick<typeof key, 'jwk'>[]): JwtVerifier {
  const jwks = { keys: keys.map(({ jwk }) => jwk) }
  return new JwtVerifier({ keys: localTokenKeys(jwks), issuer, audience, clock: () => nowMs })
}

function unsigned(header: object, payload: TestClaims = claims): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

describe('a JWT', () => {
  it.each<Algorithm>(['RS256', 'PS256', 'ES256', 'EdDSA'])('signed with %s gives its principal', async (alg) => {
    const ownKey = await issuerKey('key-2', alg)
    await expect(verifierOf(key, ownKey).verify(await ownKey.sign())).resolves.toEqual({
      kind: 'bearer',
      subject: 'https://issuer.example#user-1',
      accounts: new Set(['le123', 'le124']),
      scopes: new Set(['mtls:read', 'mtls:write']),
      expiresAtMs: nowMs + 60_000,
    })
  })

  it('may be for all accounts, among several audiences, and of a client', async () => {
    const token = await key.sign({
      ...claims,
      accounts: '*',
      aud: ['other', audience],
      sub: undefined,
      client_id: 'c-1',
    })
    await expect(verifier.verify(token)).resolves.toMatchObject({
      accounts: '*',
      subject: 'https://issuer.example#c-1',
    })
  })

  it('without accounts and scope is good for nothing', async () => {
    const { accounts: _, scope: __, ...bare } = claims
    await expect(verifier.verify(await key.sign(bare))).resolves.toMatchObject({
      accounts: new Set(),
      scopes: new Set(),
    })
  })

  it.each<[string, TestClaims['scope']]>([
    ['a text', 'mtls:read mtls:write openid'],
    ['a list', ['openid', 'mtls:read', 'mtls:write']],
  ])('may have its accounts and scopes in other claims, the scopes as %s', async (_, scopes) => {
    const names = { accounts: 'https://issuer.example/accounts', scope: 'scp' }
    const others = { [names.accounts]: ['le125'], [names.scope]: scopes }
    const jwks = localTokenKeys({ keys: [key.jwk] })
    const verifier = new JwtVerifier({ keys: jwks, issuer, audience, rules: [claimsRule(names)], clock: () => nowMs })
    await expect(verifier.verify(await key.sign({ ...claims, ...others }))).resolves.toMatchObject({
      accounts: new Set(['le125']),
      scopes: new Set(['mtls:read', 'mtls:write']),
    })
    // The usual claims mean nothing then.
    await expect(verifier.verify(await key.sign(claims))).resolves.toMatchObject({
      accounts: new Set(),
      scopes: new Set(),
    })
  })

  it.each<[string, TestClaims]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['no expiry', { exp: undefined }],
    ['a time before which it is not valid', { nbf: nowSeconds + 60 }],
    ['no subject', { sub: undefined }],
    ['a subject with a line break', { sub: 'a\nb' }],
    ['a subject that fills the audit', { sub: 'a'.repeat(257) }],
    ['accounts that are a text', { accounts: 'le123' }],
    ['a star among its accounts', { accounts: ['*'] }],
    ['an account that is none', { accounts: ['../le123'] }],
    ['a number for an account', { accounts: [1] }],
    ['null for accounts', { accounts: null }],
    ['a list of scopes with something else in it', { scope: ['mtls:read', 7] }],
    ['an object of scopes', { scope: { 'mtls:read': true } }],
  ])('with %s is refused', async (_, overrides) => {
    const token = await key.sign({ ...claims, ...overrides })
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('that has expired is refused by a code of its own', async () => {
    for (const exp of [nowSeconds, nowSeconds - 3_600]) {
      await expect(verifier.verify(await key.sign({ ...claims, exp }))).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
    }
  })

  it('names the claim that does not fit, not its value', async () => {
    const token = await key.sign({ ...claims, aud: 'a-value-of-theirs' })
    await expect(verifier.verify(token)).rejects.toThrow(/"aud"/)
    await expect(verifier.verify(token)).rejects.not.toThrow(/a-value-of-theirs/)
  })
})

describe('a forged JWT', () => {
  const invalid = expect.objectContaining({ code: 'TOKEN_INVALID' })

  it('with alg none is refused', async () => {
    for (const alg of ['none', 'None', '']) {
      await expect(verifier.verify(`${unsigned({ alg, kid: 'key-1' })}.`)).rejects.toEqual(invalid)
      await expect(verifier.verify(`${unsigned({ alg, kid: 'key-1' })}.abc`)).rejects.toEqual(invalid)
    }
  })

  it('with HS256 under the public key is refused', async () => {
    const secrets = [key.publicKey.export({ format: 'pem', type: 'spki' }), JSON.stringify(key.jwk)]
    for (const secret of secrets) {
      const forged = new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
        .sign(Buffer.from(secret))
      await expect(verifier.verify(await forged)).rejects.toEqual(invalid)
    }
  })

  it('by an algorithm beyond the list is refused, even from a key of the issuer', async () => {
    const strong = await issuerKey('key-3', 'ES384')
    await expect(verifierOf(strong).verify(await strong.sign())).rejects.toEqual(invalid)
  })

  it('by another key is refused, by name and by signature', async () => {
    await expect(verifier.verify(await (await issuerKey('key-2')).sign())).rejects.toEqual(invalid)
    await expect(verifier.verify(await (await issuerKey('key-1')).sign())).rejects.toEqual(invalid)
  })

  it('that brings its own key is refused', async () => {
    const own = await issuerKey('key-1')
    await expect(verifier.verify(await own.sign(claims, { jwk: own.jwk }))).rejects.toEqual(invalid)
    await expect(verifier.verify(await own.sign(claims, { jku: 'http://127.0.0.1:1/' }))).rejects.toEqual(invalid)
  })

  it('with changed claims is refused', async () => {
    const [header, , signature] = (await key.sign()).split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, accounts: '*' })).toString('base64url')
    await expect(verifier.verify(`${header}.${payload}.${signature}`)).rejects.toEqual(invalid)
  })

  it.each([
    '',
    'a',
    'a b',
    'a.b.c',
    'a.b.c.d.e',
    '....',
    `${unsigned({})}.abc`,
    `${unsigned({ alg: 'ES256', kid: 1 })}.abc`,
    `${unsigned({ alg: ['ES256'] })}.abc`,
    `${unsigned({ alg: 'ES256', kid: 'key-1', crit: ['b64'], b64: false })}.abc`,
    `${unsigned({ alg: 'ES256', kid: 'key-1', crit: ['other'], other: 1 })}.abc`,
    `${unsigned({ alg: 'ES256', kid: 'key-1', zip: 'DEF' })}.abc`,
    `${'null.null.'.replaceAll('null', 'bnVsbA')}bnVsbA`,
    'a'.repeat(8_193),
  ])('of no use at all is a fault of the token, not of the issuer: %.40s', async (token) => {
    await expect(verifier.verify(token)).rejects.toEqual(invalid)
  })
})

describe('what is no JWT', () => {
  it('is refused without a stack trace, which would take longer than all the rest', async () => {
    const { captureStackTrace, stackTraceLimit } = Error
    const frames: number[] = []
    Error.captureStackTrace = (error: Error, above) => {
      captureStackTrace(error, above)
      frames.push(error.stack?.match(/^ {4}at /gm)?.length ?? 0)
    }
    try {
      for (const token of ['invented', 'a.b.c', `${unsigned({ alg: 'none' })}.x`]) {
        await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
      }
    } finally {
      Error.captureStackTrace = captureStackTrace
    }
    expect(frames).toEqual([0, 0, 0])
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })
})
