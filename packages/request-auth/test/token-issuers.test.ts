import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { SignJWT } from 'jose'
import { localTokenKeys, RemoteTokenKeys, TokenIssuers, type TokenRule } from '../src/index.ts'
import { type IssuerServer, json, startIssuerServer } from './issuer-server.ts'
import { claims, issuerKey, nowMs, nowSeconds, type TestClaims } from './jwt-setup.ts'

const cluster = 'https://kubernetes.default.svc.cluster.local'
const spiffe = 'spiffe://prod.example/ns/payments/sa/checkout'

const forward: readonly TokenRule[] = [
  { when: [], accounts: new Set([parseAccountId('le1')]), scopes: new Set(['forward']) },
]

let login: IssuerServer
let kubernetes: IssuerServer
let issuers: TokenIssuers
const keys = {
  login: await issuerKey('key-1'),
  kubernetes: await issuerKey('key-1', 'RS256'),
  spire: await issuerKey('svid-1'),
}

const kubernetesClaims: TestClaims = {
  iss: cluster,
  aud: ['mtls-gateway', cluster],
  sub: 'system:serviceaccount:payments:checkout',
  exp: nowSeconds + 60,
  'kubernetes.io': { namespace: 'payments', serviceaccount: { name: 'checkout' } },
}
const svidClaims: TestClaims = { aud: ['mtls-gateway'], sub: spiffe, exp: nowSeconds + 60 }

beforeAll(async () => {
  login = await startIssuerServer()
  kubernetes = await startIssuerServer()
})

afterAll(async () => {
  await login[Symbol.asyncDispose]()
  await kubernetes[Symbol.asyncDispose]()
})

beforeEach(() => {
  login.answer = json({ keys: [keys.login.jwk] })
  kubernetes.answer = json({ keys: [keys.kubernetes.jwk] })
  for (const { seen } of [login, kubernetes]) seen.length = 0
  const clock = () => nowMs
  const audience = 'mtls-gateway'
  const remote = ({ url }: IssuerServer) => new RemoteTokenKeys({ jwksUrl: url.href }).find
  // As SPIRE publishes them: the keys of certificates are in the same bundle.
  const { jwk } = keys.spire
  const { alg: _, ...bare } = jwk
  const bundle = {
    keys: [
      { ...bare, use: 'jwt-svid' },
      { ...jwk, kid: 'x509', use: 'x509-svid' },
    ],
  }
  issuers = new TokenIssuers([
    { issuer: claims.iss as string, keys: remote(login), audience, clock },
    {
      issuer: cluster,
      keys: remote(kubernetes),
      audience: ['other', audience],
      algorithms: ['RS256'],
      rules: forward,
      clock,
    },
    { trustDomain: 'prod.example', keys: localTokenKeys(bundle), audience, rules: forward, clock },
  ])
})

const refused = { code: 'TOKEN_INVALID' }
const asked = () => login.seen.length + kubernetes.seen.length

describe('the tokens of several issuers', () => {
  it('are verified each by its own', async () => {
    await expect(issuers.verify(await keys.login.sign())).resolves.toMatchObject({
      subject: 'https://issuer.example#user-1',
      accounts: new Set(['le123', 'le124']),
    })
    expect(kubernetes.seen).toEqual([])
    await expect(issuers.verify(await keys.kubernetes.sign(kubernetesClaims))).resolves.toMatchObject({
      subject: `${cluster}#system:serviceaccount:payments:checkout`,
      accounts: new Set(['le1']),
      scopes: new Set(['forward']),
    })
  })

  it('are no JWT-SVIDs if their subject only begins as a SPIFFE ID', async () => {
    const ends = [
      '/',
      '//sa',
      '/./sa',
      '/..',
      '/../sa',
      '/.',
      '?a',
      '#a',
      '/a b',
      '/%2e',
      '/\u00e4',
      '\n',
      '/a@b',
      ':80',
    ]
    for (const sub of ['spiffe://prod.example/', ...ends.map((end) => `${spiffe}${end}`)]) {
      await expect(issuers.verify(await keys.spire.sign({ ...svidClaims, sub }))).rejects.toMatchObject(refused)
    }
  })

  it('may have any path of a SPIFFE ID', async () => {
    for (const path of ['/a', '/...', '/.a/b.-_', '/..a/A9']) {
      const sub = `spiffe://prod.example${path}`
      await expect(issuers.verify(await keys.spire.sign({ ...svidClaims, sub }))).resolves.toMatchObject({
        subject: sub,
      })
    }
  })

  it('may be JWT-SVIDs, which name no issuer but their trust domain', async () => {
    await expect(issuers.verify(await keys.spire.sign(svidClaims))).resolves.toMatchObject({
      subject: spiffe,
      accounts: new Set(['le1']),
    })
    expect(asked()).toBe(0)
  })

  it.each<[string, IssuerServer['answer']]>([
    ['hangs', () => {}],
    ['breaks off', (response) => void response.destroy()],
    ['is broken', json({ keys: 'none' })],
  ])('go on where another issuer %s', async (_, answer) => {
    kubernetes.answer = answer
    const waiting = issuers.verify(await keys.kubernetes.sign(kubernetesClaims)).catch((error: unknown) => error)
    await expect(issuers.verify(await keys.login.sign())).resolves.toBeDefined()
    await expect(issuers.verify(await keys.spire.sign(svidClaims))).resolves.toBeDefined()
    await expect(waiting).resolves.toMatchObject({ code: 'TOKEN_ISSUER_UNAVAILABLE' })
  })

  it('are refused for another issuer, before any key is fetched', async () => {
    const own = await issuerKey('key-1')
    const strange: TestClaims[] = [
      { ...claims, iss: 'https://evil.example' },
      { ...claims, iss: `${claims.iss}/` },
      { ...claims, iss: undefined },
      { ...claims, iss: null },
      { ...claims, iss: [claims.iss] },
      { ...claims, iss: '__proto__' },
      { ...claims, iss: 'constructor' },
      // An empty one is no missing one.
      { ...svidClaims, iss: '' },
      { ...svidClaims, sub: 'spiffe://test.example/ns/payments/sa/checkout' },
      { ...svidClaims, sub: 'spiffe://prod.example' },
      { ...svidClaims, sub: 'spiffe://prod.example@evil.example/ns' },
      { ...svidClaims, sub: 'SPIFFE://prod.example/ns' },
      { ...svidClaims, sub: ['spiffe://prod.example/ns'] },
    ]
    for (const payload of strange) await expect(issuers.verify(await own.sign(payload))).rejects.toMatchObject(refused)
    for (const token of ['a.b.c', 'opaque', 'e30.bnVsbA.e30', 'e30.W10.e30', '..', 'a.e30']) {
      await expect(issuers.verify(token)).rejects.toMatchObject(refused)
    }
    expect(asked()).toBe(0)
  })

  it('are not taken for one of another, whoever signs what', async () => {
    const crossed: Promise<string>[] = [
      keys.login.sign(kubernetesClaims),
      keys.kubernetes.sign(claims),
      keys.login.sign(svidClaims),
      keys.kubernetes.sign(svidClaims),
      keys.spire.sign(claims),
      keys.spire.sign(kubernetesClaims),
      // A SPIFFE ID in a token of an issuer is only its subject, and a trust domain has no issuer here.
      keys.spire.sign({ ...svidClaims, iss: 'spiffe://prod.example' }),
      keys.spire.sign({ ...svidClaims, iss: claims.iss }),
      keys.spire.sign({ ...svidClaims, aud: 'other' }),
      keys.spire.sign({ ...svidClaims, exp: undefined }),
      // This key is in the bundle, but for certificates.
      keys.spire.sign(svidClaims, { kid: 'x509' }),
    ]
    for (const token of crossed) await expect(issuers.verify(await token)).rejects.toMatchObject(refused)
  })

  it('have the audience and the algorithm that their own issuer needs', async () => {
    const others = [
      await keys.login.sign({ ...claims, aud: 'other' }),
      await keys.kubernetes.sign({ ...kubernetesClaims, aud: [cluster] }),
    ]
    for (const token of others) {
      await expect(issuers.verify(token)).rejects.toMatchObject({ refusal: { reason: 'token-audience-wrong' } })
    }
    await expect(issuers.verify(await keys.spire.sign(kubernetesClaims))).rejects.toMatchObject({
      refusal: { reason: 'token-algorithm-wrong' },
      message: expect.stringMatching(/not signed by one of RS256\./),
    })
  })

  it('are refused with a symmetric algorithm under a public key, and without any', async () => {
    for (const { key, payload } of [
      { key: keys.login, payload: claims },
      { key: keys.kubernetes, payload: kubernetesClaims },
      { key: keys.spire, payload: svidClaims },
    ]) {
      const secrets = [key.publicKey.export({ format: 'pem', type: 'spki' }), JSON.stringify(key.jwk)]
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        for (const secret of secrets) {
          // Some keys are shorter than jose wants for these algorithms.
          const bytes = Buffer.concat([Buffer.from(secret), Buffer.alloc(64)])
          const forged = new SignJWT({ ...payload }).setProtectedHeader({ alg, kid: key.jwk.kid ?? '' }).sign(bytes)
          await expect(issuers.verify(await forged)).rejects.toMatchObject(refused)
        }
      }
      const [, body] = (await key.sign(payload)).split('.')
      for (const alg of ['none', 'None', 'NONE', '']) {
        const header = Buffer.from(JSON.stringify({ alg, kid: key.jwk.kid })).toString('base64url')
        for (const signature of ['', 'AAAA']) {
          await expect(issuers.verify(`${header}.${body}.${signature}`)).rejects.toMatchObject(refused)
        }
      }
    }
  })

  it('name their key only by an id that is published, whatever they write there, and bring none', async () => {
    const evil = await issuerKey('key-1')
    const trap = await startIssuerServer()
    trap.answer = json({ keys: [evil.jwk] })
    const [href, { jwk }] = [trap.url.href, evil]
    const ids = [
      '../../key-1',
      '/dev/null',
      href,
      '__proto__',
      'constructor',
      'key-1\0',
      "key-1' OR '1'='1",
      'x'.repeat(4_000),
    ]
    const headers = [
      ...ids.map((kid) => ({ kid })),
      { jwk },
      { jku: href },
      { x5u: href },
      { jku: href, jwk, kid: 'none' },
    ]
    for (const header of headers) {
      await expect(issuers.verify(await evil.sign(claims, header))).rejects.toMatchObject(refused)
    }
    expect(trap.seen).toEqual([])
    // One fetch, as none of these ids begins another within 10 s.
    expect(login.seen).toHaveLength(1)
    await trap[Symbol.asyncDispose]()
  })
})
