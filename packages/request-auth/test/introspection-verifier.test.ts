import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type IntrospectionOptions, IntrospectionVerifier, JwtVerifier, localTokenKeys } from '../src/index.ts'
import { type IssuerServer, json, startIssuerServer } from './issuer-server.ts'
import { issuerKey } from './jwt-setup.ts'

const startMs = Date.parse('2026-02-03T04:05:06.000Z')
const issuer = 'https://issuer.example'
const address = '192.0.2.1'
const active = { active: true, sub: 'user-1', accounts: ['le123'], scope: 'mtls:read', aud: ['other', 'mtls-gateway'] }

let server: IssuerServer
let nowMs: number

beforeEach(async () => {
  nowMs = startMs
  server = await startIssuerServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

function verifierWith(options: Partial<IntrospectionOptions> = {}): IntrospectionVerifier {
  const client = { clientId: 'gate:way', clientSecret: 'a secret+%' }
  return new IntrospectionVerifier({ endpoint: server.url, ...client, issuer, clock: () => nowMs, ...options })
}

describe('an opaque token', () => {
  it('is asked of the issuer by POST with form-encoded client credentials (RFC 6749 section 2.3.1)', async () => {
    server.answer = json(active)
    await expect(verifierWith({ audience: 'mtls-gateway' }).verify('opaque~token', address)).resolves.toEqual({
      kind: 'bearer',
      subject: 'https://issuer.example#user-1',
      accounts: new Set(['le123']),
      scopes: new Set(['mtls:read']),
      expiresAtMs: Number.POSITIVE_INFINITY,
    })
    expect(server.seen).toEqual([
      {
        method: 'POST',
        path: '/issuer',
        authorization: `Basic ${Buffer.from('gate%3Away:a+secret%2B%25').toString('base64')}`,
        body: 'token=opaque%7Etoken&token_type_hint=access_token',
      },
    ])
  })

  it.each([
    ['is not active', { active: false }],
    ['is active only as a text', { active: 'true' }],
    ['has no word on being active', { active: undefined }],
    ['is of another issuer', { iss: 'https://evil.example' }],
    ['is for another audience', { aud: 'other' }],
    ['is for no audience', { aud: undefined }],
    ['has a text for its expiry', { exp: '2026' }],
    ['has null for its expiry', { exp: null }],
    ['is not valid yet', { nbf: startMs / 1_000 + 1 }],
    ['has a text for the time before which it is not valid', { nbf: '0' }],
    ['has null for the time before which it is not valid', { nbf: null }],
    ['has a text for when it was issued', { iat: '2026' }],
    ['is for a list within a list', { aud: [['mtls-gateway']] }],
    ['has null for its issuer', { iss: null }],
    ['has no subject', { sub: undefined }],
    ['has malformed accounts', { accounts: 'le123' }],
  ])('that %s is refused', async (_, overrides) => {
    server.answer = json({ ...active, ...overrides })
    const verifier = verifierWith({ audience: 'mtls-gateway' })
    await expect(verifier.verify('token', address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('is asked about once for all who send it from one address meanwhile', async () => {
    server.answer = json(active)
    const verifier = verifierWith()
    const verified = await Promise.all(Array.from({ length: 50 }, () => verifier.verify('token', address)))
    expect(new Set(verified.map(({ subject }) => subject))).toEqual(new Set(['https://issuer.example#user-1']))
    expect(server.seen).toHaveLength(1)
    server.answer = json({ active: false })
    const refused = Array.from({ length: 5 }, () => verifier.verify('other', address))
    for (const each of await Promise.allSettled(refused)) expect(each.status).toBe('rejected')
    expect(server.seen).toHaveLength(2)
    await expect(verifier.verify('other', address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(server.seen).toHaveLength(3)
  })

  it('that has its accounts and scopes in other claims is read there', async () => {
    server.answer = json({ ...active, tenants: ['le125'], scp: ['mtls:write'] })
    const verifier = verifierWith({ claims: { accounts: 'tenants', scope: 'scp' } })
    await expect(verifier.verify('token', address)).resolves.toMatchObject({
      accounts: new Set(['le125']),
      scopes: new Set(['mtls:write']),
    })
  })

  it('that has expired is refused, whatever its issuer says', async () => {
    server.answer = json({ ...active, exp: startMs / 1_000 })
    await expect(verifierWith().verify('token', address)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('that can be none is not asked for', async () => {
    for (const token of ['', 'a b', 'a&token=b', 'é', 'a'.repeat(8_193)]) {
      await expect(verifierWith().verify(token, address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    }
    expect(server.seen).toEqual([])
  })
})

/** What an issuer says of a token is judged alike, be it signed in the token or asked for. */
describe('the claims of an opaque token', () => {
  const now = startMs / 1_000
  const usual = { ...active, iss: issuer, exp: now + 60 }

  it.each<[string, Record<string, unknown>]>([
    ['usual ones', {}],
    ['another issuer', { iss: 'https://evil.example' }],
    ['a number for an issuer', { iss: 1 }],
    ['one audience', { aud: 'mtls-gateway' }],
    ['no audience', { aud: undefined }],
    ['another audience', { aud: ['other'] }],
    ['a number for an audience', { aud: 1 }],
    ['an expiry now', { exp: now }],
    ['an expiry within this second', { exp: now + 0.5 }],
    ['an expiry before', { exp: now - 1 }],
    ['a text for an expiry', { exp: String(now + 60) }],
    ['a start now', { nbf: now }],
    ['a start within this second', { nbf: now + 0.5 }],
    ['a start to come', { nbf: now + 1 }],
    ['a text for a start', { nbf: String(now) }],
    ['a date of issue to come', { iat: now + 60 }],
    ['a text for a date of issue', { iat: String(now) }],
    ['no subject', { sub: undefined }],
    ['a client instead of a subject', { sub: undefined, client_id: 'c-1' }],
    ['malformed accounts', { accounts: 'le123' }],
    ['a number for a scope', { scope: 1 }],
  ])('are judged like those of a JWT: %s', async (_, overrides) => {
    const claims = { ...usual, ...overrides }
    const key = await issuerKey('key-1')
    const audience = 'mtls-gateway'
    const jwts = new JwtVerifier({ keys: localTokenKeys({ keys: [key.jwk] }), issuer, audience, clock: () => nowMs })
    server.answer = json(claims)
    // The second half of a second.
    nowMs += 700
    const verdict = (verified: Promise<unknown>) => verified.catch(({ code }: { readonly code: string }) => code)
    expect(await verdict(verifierWith({ audience }).verify('token', address))).toEqual(
      await verdict(jwts.verify(await key.sign(claims))),
    )
  })

  it('may lack an issuer and an expiry, unlike those of a JWT: RFC 7662 has them optional', async () => {
    server.answer = json({ ...usual, iss: undefined, exp: undefined })
    const { expiresAtMs } = await verifierWith().verify('token', address)
    expect(expiresAtMs).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('an answer', () => {
  it('is kept for 30 s, for its own token', async () => {
    server.answer = json(active)
    const verifier = verifierWith()
    await verifier.verify('token', address)
    nowMs += 29_999
    await verifier.verify('token', address)
    expect(server.seen).toHaveLength(1)
    await verifier.verify('other', address)
    expect(server.seen).toHaveLength(2)
    nowMs += 1
    server.answer = json({ active: false })
    await expect(verifier.verify('token', address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('is kept no longer where the clock was set back: its token may have been revoked', async () => {
    server.answer = json({ ...active, exp: startMs / 1_000 + 86_400 })
    const verifier = verifierWith()
    await verifier.verify('token', address)
    nowMs -= 3_600_000
    server.answer = json({ active: false })
    await expect(verifier.verify('token', address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('is kept no longer than its token is valid, and says until when that is', async () => {
    server.answer = json({ ...active, exp: startMs / 1_000 + 10 })
    const verifier = verifierWith()
    for (const _ of ['asked', 'kept']) {
      await expect(verifier.verify('token', address)).resolves.toMatchObject({ expiresAtMs: startMs + 10_000 })
    }
    expect(server.seen).toHaveLength(1)
    nowMs += 10_000
    await expect(verifier.verify('token', address)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('is not kept when it is negative or none', async () => {
    const verifier = verifierWith()
    for (const failure of [json({ active: false }), json({}, 500)]) {
      server.answer = failure
      await expect(verifier.verify('token', address)).rejects.toBeDefined()
      server.answer = json(active)
      await expect(verifier.verify(`token-${server.seen.length}`, address)).resolves.toBeDefined()
    }
    await expect(verifier.verify('token', address)).resolves.toBeDefined()
  })
})

describe('an outage of the issuer', () => {
  const faults: ReadonlyArray<[string, IssuerServer['answer']]> = [
    ['status 500', json(active, 500)],
    ['status 401: our own credentials are refused', json({ error: 'invalid_client' }, 401)],
    ['a redirect', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
    ['a page of HTML', (response) => void response.end('<html>')],
    ['a list', json([active])],
    ['null', json(null)],
    ['a huge body', (response) => void response.end(JSON.stringify({ ...active, more: 'x'.repeat(1_000_000) }))],
    [
      'a compressed body that was not asked for',
      (response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('H4sIAAAAAAAAA', 'base64')),
    ],
    ['a closed connection', (response) => void response.destroy()],
    [
      'half an answer',
      (response) =>
        void response.writeHead(200, { 'content-length': 100 }).write('{"active":true', () => response.destroy()),
    ],
  ]

  it.each(faults)('is what %s is', async (_, fault) => {
    server.answer = fault
    await expect(verifierWith().verify('token', address)).rejects.toMatchObject({
      code: 'TOKEN_ISSUER_UNAVAILABLE',
      retryAfterSeconds: 5,
      details: { reason: expect.any(String) },
    })
    expect(server.seen.map(({ path }) => path)).not.toContain('/elsewhere')
  })

  it('is what silence is, before headers and within the body', async () => {
    for (const silence of [
      () => {},
      ((response) => void response.writeHead(200).write('{')) as IssuerServer['answer'],
    ]) {
      server.answer = silence
      await expect(verifierWith({ timeoutMs: 50 }).verify('token', address)).rejects.toMatchObject({
        code: 'TOKEN_ISSUER_UNAVAILABLE',
        details: { reason: 'no answer within 50 ms' },
      })
    }
  })

  it('is not what a connection is that the issuer had closed: it is tried once more', async () => {
    server.answer = (response) => {
      server.answer = json(active)
      response.destroy()
    }
    await expect(verifierWith().verify('token', address)).resolves.toBeDefined()
    expect(server.seen).toHaveLength(2)
  })

  it('is what nobody listening is', async () => {
    await server[Symbol.asyncDispose]()
    await expect(verifierWith().verify('token', address)).rejects.toMatchObject({
      code: 'TOKEN_ISSUER_UNAVAILABLE',
      details: { reason: 'ECONNREFUSED' },
    })
    server = await startIssuerServer()
  })
})
