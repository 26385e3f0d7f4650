import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { JwtVerifier, type RemoteTokenKeysOptions, remoteTokenKeys } from '../src/index.ts'
import { type IssuerServer, json, startIssuerServer } from './issuer-server.ts'
import { audience, issuer, issuerKey, nowMs } from './jwt-setup.ts'

let server: IssuerServer

beforeEach(async () => {
  server = await startIssuerServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

function verifierOf(options?: RemoteTokenKeysOptions): JwtVerifier {
  return new JwtVerifier({ keys: remoteTokenKeys(server.url, options), issuer, audience, clock: () => nowMs })
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
    const verifier = verifierOf()
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
})
