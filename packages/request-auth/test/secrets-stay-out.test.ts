import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { Canary } from '@mtls-gateway/test-kit'
import {
  AppSecrets,
  EmbeddedIssuer,
  IntrospectionVerifier,
  JwtVerifier,
  localTokenKeys,
  parseOAuth1Header,
  prepareAppKey,
  RemoteTokenKeys,
  TokenIssuers,
} from '../src/index.ts'
import { type IssuerServer, json, startIssuerServer } from './issuer-server.ts'
import { audience, claims, issuer, issuerKey, nowMs } from './jwt-setup.ts'
import { signedRequest, verifierWith } from './oauth1-setup.ts'

let server: IssuerServer

beforeEach(async () => {
  server = await startIssuerServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

/** Everything that a log line or a problem document could show about a failure. */
async function textsOf(failures: Iterable<() => unknown>): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const failure of failures) {
    const error = await (async () => failure())().then(
      () => Promise.reject(new Error(`no failure: ${failure}`)),
      (reason: unknown) => reason,
    )
    texts[`failure ${Object.keys(texts).length}`] =
      inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error)
  }
  return texts
}

describe('no error shows', () => {
  it('a Bearer token or the client secret, whatever the issuer does', async () => {
    const canary = new Canary()
    const token = canary.plant('token')
    const clientSecret = canary.plant('client secret')
    const options = {
      endpoint: server.url,
      clientId: 'gateway',
      clientSecret,
      issuer,
      clock: () => nowMs,
      timeoutMs: 200,
    }
    const verifier = new IntrospectionVerifier(options)
    const echo = JSON.stringify({ token, clientSecret })
    const answers: IssuerServer['answer'][] = [
      json({ active: false, token, clientSecret }),
      json({ active: true, sub: `${token}\n` }),
      json({ active: true, sub: 'a', accounts: [`${token}!`] }),
      json({ error: token }, 500),
      (response) => void response.end(`${echo}}`),
      (response) => void response.writeHead(302, { location: `/${token}` }).end(echo),
      (response) => void response.destroy(),
      () => {},
    ]
    const failures = answers.map((answer) => () => {
      server.answer = answer
      return verifier.verify(token, '192.0.2.1')
    })
    const texts = await textsOf([...failures, () => verifier.verify(`${token} ${token}`, '192.0.2.1')])
    await server[Symbol.asyncDispose]()
    Object.assign(texts, await textsOf([() => verifier.verify(token, '192.0.2.1')]), {
      verifier: inspect(verifier, { showHidden: true }),
    })
    server = await startIssuerServer()
    expect(canary.findIn(texts)).toEqual([])
  })

  it('a JWT or what is in it', async () => {
    const canary = new Canary()
    const marked = { jti: canary.plant('claim'), ...claims }
    const [key, other] = await Promise.all([issuerKey('key-1'), issuerKey(canary.plant('key id'))])
    const verifiers = [localTokenKeys({ keys: [key.jwk] }), new RemoteTokenKeys({ jwksUrl: server.url.href }).find].map(
      (keys) => new JwtVerifier({ keys, issuer, audience, clock: () => nowMs }),
    )
    const rules = [
      { when: [{ claim: ['sub'], matches: 'nobody' }], accounts: '*', scopes: { claim: ['scope'] } },
    ] as const
    const keys = localTokenKeys({ keys: [key.jwk] })
    const issuers = new TokenIssuers([{ keys, issuer, audience, rules, clock: () => nowMs }])
    const tokens = await Promise.all([
      other.sign(marked),
      key.sign({ ...marked, iss: canary.plant('issuer') }),
      key.sign({ ...marked, iss: undefined, sub: `spiffe://${canary.plant('trust domain')}/a` }),
      ...[{ aud: 'x' }, { exp: 1 }, { exp: undefined }, { accounts: [`${canary.plant('account')}!`] }].map((change) =>
        key.sign({ ...marked, ...change }),
      ),
    ])
    const all = [...verifiers, issuers].flatMap((verifier) => tokens.map((token) => () => verifier.verify(token)))
    const withoutRule = await key.sign(marked)
    tokens.push(withoutRule)
    const texts = await textsOf([...all, () => issuers.verify(withoutRule)])
    expect(canary.findIn(texts)).toEqual([])
    expect(tokens.filter((token) => Object.values(texts).some((text) => text.includes(token)))).toEqual([])
  })

  it('an app secret, a signature or the value of a malformed parameter', async () => {
    const canary = new Canary()
    const secret = canary.plant('app secret')
    const target = '/mtls/account/le123'
    const prepared = prepareAppKey({
      appKey: 'le123.key-1',
      secret,
      accountId: parseAccountId('le123'),
      scopes: ['forward'],
      expiresAt: null,
    })
    const secrets = new AppSecrets({ appKeys: { find: () => prepared }, clock: () => nowMs })
    const { verifier } = verifierWith({ appKeys: { find: () => prepared }, clock: () => nowMs })
    const signed = { appSecret: secret, timestamp: nowMs / 1_000 }
    const replayed = signedRequest(target, signed)
    await verifier.verify(replayed)
    const value = canary.plant('parameter')
    const texts = await textsOf([
      () => verifier.verify(replayed),
      () => verifier.verify(signedRequest(`${target}2`, { ...signed, appSecret: `${secret}2` })),
      () => verifier.verify(signedRequest(target, { ...signed, timestamp: 1 })),
      () => parseOAuth1Header(`OAuth oauth_signature="${value}", oauth_signature="${value}"`),
      () => parseOAuth1Header(`OAuth oauth_token="${value}"`),
      () => parseOAuth1Header(`OAuth oauth_signature=${value}`),
      () => parseOAuth1Header(value),
      () => secrets.verify({ appKey: 'le123.key-1', secret: `${secret}2` }),
      () => secrets.verify({ appKey: secret, secret }),
    ])
    texts.prepared = inspect(prepared, { depth: 20, showHidden: true }) + JSON.stringify(prepared)
    expect(canary.findIn(texts)).toEqual([])
  })

  it("the embedded issuer's private key", async () => {
    const canary = new Canary()
    const key = JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: canary.plant('private key') })
    const clock = () => nowMs
    const texts = await textsOf([
      () => new EmbeddedIssuer({ key: Buffer.from(key), clock }),
      () => new EmbeddedIssuer({ key: Buffer.from(`${key}}`), clock }),
    ])
    expect(canary.findIn(texts)).toEqual([])
  })
})
