import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { JwtVerifier, localTokenKeys, RemoteTokenKeys, type RemoteTokenKeysOptions } from '../src/index.ts'
import { type IssuerServer, json, startIssuerServer } from './issuer-server.ts'
import { audience, claims, issuer, issuerKey, nowMs } from './jwt-setup.ts'

let server: IssuerServer

beforeEach(async () => {
  server = await startIssuerServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

function verifierOf(options?: RemoteTokenKeysOptions): JwtVerifier {
  const keys = new RemoteTokenKeys({ jwksUrl: server.url.href }, options).find
  return new JwtVerifier({ keys, issuer, audience, clock: () => nowMs })
}

const unavailable = expect.objectContaining({ code: 'TOKEN_ISSUER_UNAVAILABLE', retryAfterSeconds: 5 })

describe('the keys at a JWKS url', () => {
  it('are fetched once for many tokens', async () => {
    const key = await issuerKey('key-1')
    server.answer = json({ keys: [key.jwk] })
    const verifier = verifierOf()
    const token = await key.sign()
    await Promise.all([verifier.verify(token), verifier.verify(token)])
    await verifier.verify(token)
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /issuer'])
  })

  it('are fetched again when a token names a new one: rotation needs no restart', async () => {
    const [old, next] = await Promise.all([issuerKey('key-1'), issuerKey('key-2', 'RS256')])
    server.answer = json({ keys: [old.jwk] })
    const verifier = verifierOf({ cooldownMs: 0 })
    await verifier.verify(await old.sign())
    server.answer = json({ keys: [next.jwk] })
    await expect(verifier.verify(await next.sign())).resolves.toBeDefined()
    await expect(verifier.verify(await old.sign())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('are not fetched again for each made-up key id', async () => {
    const [key, unknown] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [key.jwk] })
    const verifier = verifierOf()
    for (let i = 0; i < 3; i++) {
      await expect(verifier.verify(await unknown.sign())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    }
    expect(server.seen).toHaveLength(1)
  })

  it('serve while the issuer is down, once they are known', async () => {
    const key = await issuerKey('key-1')
    server.answer = json({ keys: [key.jwk] })
    const verifier = verifierOf()
    await verifier.verify(await key.sign())
    server.answer = json({}, 500)
    await expect(verifier.verify(await key.sign())).resolves.toBeDefined()
  })

  it('that can not be had are an outage of the issuer, and are asked for again', async () => {
    const key = await issuerKey('key-1')
    const verifier = verifierOf({ cooldownMs: 0 })
    const token = await key.sign()
    const faults: IssuerServer['answer'][] = [
      json({ keys: [key.jwk] }, 500),
      (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
      (response) => void response.end('<html>'),
      json({ keys: 'none' }),
      json([]),
      (response) => void response.destroy(),
      (response) => void response.end(Buffer.alloc(1_000_000, ' ')),
    ]
    for (const fault of faults) {
      server.answer = fault
      await expect(verifier.verify(token)).rejects.toEqual(unavailable)
    }
    // One request per fault, and a retry of the closed connection.
    expect(server.seen.map(({ path }) => path)).toEqual(Array(faults.length + 1).fill('/issuer'))
    server.answer = json({ keys: [key.jwk] })
    await expect(verifier.verify(token)).resolves.toBeDefined()
  })

  it('of which one is broken are an outage for its tokens alone', async () => {
    const [key, broken] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [key.jwk, { ...broken.jwk, x: 'AA' }] })
    const verifier = verifierOf()
    await expect(verifier.verify(await broken.sign())).rejects.toEqual(unavailable)
    await expect(verifier.verify(await key.sign())).resolves.toBeDefined()
  })

  it('that can not be had have a cause for the log, which names the issuer and what happened', async () => {
    const token = await (await issuerKey('key-1')).sign()
    const causeOf = async () => {
      const error: unknown = await verifierOf()
        .verify(token)
        .catch((reason: unknown) => reason)
      return String((error as Error).cause)
    }
    server.answer = json({}, 500)
    expect(await causeOf()).toBe(`Error: ${server.url}: it answered with status 500`)
    server.answer = (response) => void response.end('<html>')
    expect(await causeOf()).toMatch(/its key set can't be used/)
    await server[Symbol.asyncDispose]()
    expect(await causeOf()).toBe(`Error: ${server.url}: ECONNREFUSED, connect ECONNREFUSED ${server.url.host}`)
    server = await startIssuerServer()
  })

  it('that do not come in time are an outage of the issuer', async () => {
    server.answer = () => {}
    const token = await (await issuerKey('key-1')).sign()
    await expect(verifierOf({ timeoutMs: 50 }).verify(token)).rejects.toEqual(unavailable)
  })

  it('are fetched in the background before they are too old, and no token waits for it', async () => {
    const [old, next] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [old.jwk] })
    let now = nowMs
    const verifier = verifierOf({ clock: () => now })
    const token = await old.sign()
    await verifier.verify(token)
    now += 300_000
    const answered = new Promise<() => void>((resolve) => {
      server.answer = (response, request) => resolve(() => json({ keys: [old.jwk, next.jwk] })(response, request))
    })
    for (let i = 0; i < 3; i++) await verifier.verify(token)
    const answer = await answered
    expect(server.seen).toHaveLength(2)
    answer()
    // It waits for the fetch that is under way.
    await expect(verifier.verify(await next.sign())).resolves.toBeDefined()
    expect(server.seen).toHaveLength(2)
    now += 299_999
    await verifier.verify(token)
    expect(server.seen).toHaveLength(2)
  })

  it('are good for ten minutes while they can not be fetched again', async () => {
    const [key, unknown] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [key.jwk] })
    let now = nowMs
    const verifier = verifierOf({ clock: () => now })
    const token = await key.sign()
    await verifier.verify(token)
    server.answer = json({}, 500)
    now += 599_999
    await expect(verifier.verify(token)).resolves.toBeDefined()
    // Nobody can say whether this is one of the issuer's.
    await expect(verifier.verify(await unknown.sign())).rejects.toEqual(unavailable)
    expect(server.seen).toHaveLength(2)
    now += 1
    await expect(verifier.verify(token)).rejects.toEqual(unavailable)
    server.answer = json({ keys: [key.jwk] })
    now += 1_000
    await expect(verifier.verify(token)).resolves.toBeDefined()
  })

  it('are asked for once in ten seconds, however many tokens name unknown ones at once', async () => {
    const [key, unknown] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [key.jwk] })
    let now = nowMs
    const verifier = verifierOf({ clock: () => now })
    await verifier.verify(await key.sign())
    const tokens = await Promise.all(
      Array.from({ length: 100 }, (_, n) => unknown.sign(undefined, { kid: `made-up-${n}` })),
    )
    const flood = () => Promise.all(tokens.map((token) => verifier.verify(token).catch(({ code }) => code)))
    now += 9_999
    expect(new Set(await flood())).toEqual(new Set(['TOKEN_INVALID']))
    expect(server.seen).toHaveLength(1)
    now += 1
    expect(new Set(await flood())).toEqual(new Set(['TOKEN_INVALID']))
    expect(server.seen).toHaveLength(2)
    now += 10_000
    // A failure is an attempt, too.
    server.answer = json({}, 500)
    for (let i = 0; i < 2; i++) expect(new Set(await flood())).toEqual(new Set(['TOKEN_ISSUER_UNAVAILABLE']))
    expect(server.seen).toHaveLength(3)
  })
})

describe('the age of the keys', () => {
  const wallClock = Date.now
  let aheadMs = 0

  beforeEach(() => {
    aheadMs = 0
    Date.now = () => wallClock() + aheadMs
  })

  afterEach(() => {
    Date.now = wallClock
  })

  it('is not changed by a wall clock that is set ahead or back', async () => {
    const [key, unknown] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    server.answer = json({ keys: [key.jwk] })
    const verifier = verifierOf({ cooldownMs: 0 })
    const token = await key.sign()
    await verifier.verify(token)
    server.answer = json({}, 500)
    aheadMs = 86_400_000
    await expect(verifier.verify(token)).resolves.toBeDefined()
    expect(server.seen).toHaveLength(1)
    aheadMs = -86_400_000
    await expect(verifier.verify(await unknown.sign())).rejects.toEqual(unavailable)
    expect(server.seen).toHaveLength(2)
  })

  it('counts for unknown ones from the end of a fetch, however long it took', async () => {
    const [key, unknown] = await Promise.all([issuerKey('key-1'), issuerKey('key-2')])
    let now = nowMs
    const verifier = verifierOf({ clock: () => now })
    server.answer = (response, request) => {
      now += 10_000
      json({ keys: [key.jwk] })(response, request)
    }
    await verifier.verify(await key.sign())
    await expect(verifier.verify(await unknown.sign())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(server.seen).toHaveLength(1)
  })
})

describe('the keys of an issuer that wants to make tokens dear', () => {
  const refused = { refusal: { reason: 'token-key-unknown' } }

  it('are left out where they are large, fetched or not', async () => {
    const good = await issuerKey('good', 'RS256')
    const odd = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64url')
    const long = { ...good.jwk, kid: 'long', n: odd(513) }
    const heavy = { ...good.jwk, kid: 'heavy', e: odd(5) }
    const keys = [long, heavy, { ...good.jwk, kid: 'most', n: odd(512), e: odd(4) }, good.jwk]
    server.answer = json({ keys })
    const local = new JwtVerifier({ keys: localTokenKeys({ keys }), issuer, audience, clock: () => nowMs })
    for (const verifier of [verifierOf(), local]) {
      for (const kid of ['long', 'heavy']) {
        await expect(verifier.verify(await good.sign(claims, { kid }))).rejects.toMatchObject(refused)
      }
      await expect(verifier.verify(await good.sign(claims, { kid: 'most' }))).rejects.toMatchObject({
        refusal: { reason: 'token-signature-wrong' },
      })
      await expect(verifier.verify(await good.sign())).resolves.toBeDefined()
    }
  })

  it('are a hundred at most', async () => {
    const key = await issuerKey('key-0')
    server.answer = json({ keys: Array.from({ length: 101 }, (_, n) => ({ ...key.jwk, kid: `key-${n}` })) })
    const verifier = verifierOf()
    await expect(verifier.verify(await key.sign(claims, { kid: 'key-99' }))).resolves.toBeDefined()
    await expect(verifier.verify(await key.sign(claims, { kid: 'key-100' }))).rejects.toMatchObject(refused)
  })
})

describe('the keys at an https url', () => {
  it('are only fetched if the certificate there comes from a CA that the process trusts', async () => {
    const [key, ca] = await Promise.all([issuerKey('key-1'), createCa()])
    const { certificate, privateKey } = await ca.issue({ commonName: 'localhost' })
    const secure = createServer({ cert: certificate, key: privateKey }, (_, response) => {
      response.end(JSON.stringify({ keys: [key.jwk] }))
    }).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const { port } = secure.address() as AddressInfo
    const keys = new RemoteTokenKeys({ jwksUrl: `https://localhost:${port}/` }, { cooldownMs: 0 }).find
    const verifier = new JwtVerifier({ keys, issuer, audience, clock: () => nowMs })
    const token = await key.sign()
    const trusted = getCACertificates('default')
    try {
      await expect(verifier.verify(token)).rejects.toEqual(unavailable)
      setDefaultCACertificates([...trusted, ca.certificate])
      await expect(verifier.verify(token)).resolves.toBeDefined()
    } finally {
      setDefaultCACertificates(trusted)
      secure.closeAllConnections()
      secure.close()
    }
  })
})

describe('the keys of an issuer that is discovered', () => {
  const discovered = (issuer: string) => {
    const keys = new RemoteTokenKeys({ discoveredAt: issuer }, { cooldownMs: 0 }).find
    return new JwtVerifier({ keys, issuer, audience, clock: () => nowMs })
  }

  it.each(['', '/'])('are where its document says, below its url%s', async (slash) => {
    const key = await issuerKey('key-1')
    const own = `${server.url.href}${slash}`
    server.answer = (response, request) => {
      const isDocument = request.url === '/issuer/.well-known/openid-configuration'
      const document = { issuer: own, jwks_uri: `${server.url.origin}/keys` }
      json(isDocument ? document : { keys: [key.jwk] })(response, request)
    }
    await expect(discovered(own).verify(await key.sign({ ...claims, iss: own }))).resolves.toBeDefined()
    expect(server.seen.map(({ path }) => path)).toEqual(['/issuer/.well-known/openid-configuration', '/keys'])
  })

  it('come in one limit of time together with the document', async () => {
    const [own, key] = [server.url.href, await issuerKey('key-1')]
    server.answer = (response, request) => {
      const isDocument = request.url?.endsWith('configuration')
      const answer = isDocument ? { issuer: own, jwks_uri: `${server.url.origin}/keys` } : { keys: [key.jwk] }
      setTimeout(() => json(answer)(response, request), 600)
    }
    const keys = new RemoteTokenKeys({ discoveredAt: own }, { timeoutMs: 1_000 }).find
    const verifier = new JwtVerifier({ keys, issuer: own, audience, clock: () => nowMs })
    await expect(verifier.verify(await key.sign({ ...claims, iss: own }))).rejects.toEqual(unavailable)
  })

  it.each<[string, (own: string) => unknown]>([
    ['is of another issuer', () => ({ issuer: 'https://evil.example', jwks_uri: `${server.url.origin}/keys` })],
    ['names no keys', (issuer) => ({ issuer })],
    ['names keys without TLS', (issuer) => ({ issuer, jwks_uri: 'http://127.0.0.1:1/keys' })],
    ['names a file', (issuer) => ({ issuer, jwks_uri: 'file:///etc/passwd' })],
    ['is no object', () => 'text'],
  ])('are not fetched where the document %s', async (_, document) => {
    const own = server.url.href
    server.answer = json(document(own))
    const token = await (await issuerKey('key-1')).sign({ ...claims, iss: own })
    await expect(discovered(own).verify(token)).rejects.toEqual(unavailable)
    expect(server.seen).toHaveLength(1)
  })
})
