import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTokenIssuer, type TokenIssuer } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { newAccountId } from '../support/tenant.ts'

describe('a JWT of a configured issuer', () => {
  let issuer: TokenIssuer
  let system: System
  const account = newAccountId()
  const good = { accounts: [account], scope: 'mtls:read mtls:write' }

  beforeAll(async () => {
    issuer = await startTokenIssuer()
    system = await System.start({
      env: { TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience, TOKEN_JWKS_URL: issuer.jwksUrl },
    })
  })

  afterAll(async () => {
    await system?.stop()
    await issuer?.close()
  })

  const list = (bearer: string) => {
    return system.toConfigApi({ bearer }).json('GET', `/mtls/account/${account}/certificates`)
  }
  const check = (bearer: string) => {
    const entry = { serviceName: 'IDP', accountId: account, url: 'https://target.example/' }
    return system.toForwarderApi({ bearer }).json('POST', '/mtls/mapping?v=2', [entry])
  }
  const calls = [
    { service: 'config-api', call: list },
    { service: 'forwarder-api', call: check },
  ]

  it.each(calls)('is taken by $service', async ({ call }) => {
    expect((await call(issuer.jwt(good))).status).toBe(200)
    expect((await call(issuer.jwt({ ...good, accounts: '*' }))).status).toBe(200)
  })

  it.each(calls)('binds accounts and scopes at $service', async ({ call }) => {
    expectProblem(await call(issuer.jwt({ ...good, accounts: ['other'] })), 403, 'WRONG_ACCOUNT')
    expectProblem(await call(issuer.jwt({ ...good, scope: 'mtls:write forward' })), 403, 'SCOPE_MISSING')
    expectProblem(await call(issuer.jwt({ ...good, scope: 'mtls:readers' })), 403, 'SCOPE_MISSING')
  })

  it.each(calls)('is refused by $service once it has expired', async ({ call }) => {
    const exp = Math.floor(Date.now() / 1000) - 120
    const refused = await call(issuer.jwt({ ...good, iat: exp - 60, exp }))
    expectProblem(refused, 401, 'TOKEN_EXPIRED')
    expect(String(refused.headers['www-authenticate'])).toMatch(/Bearer/)
  })

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  it.each([
    { what: 'another issuer', token: () => issuer.jwt({ ...good, iss: 'https://else.example' }) },
    { what: 'another audience', token: () => issuer.jwt({ ...good, aud: 'else' }) },
    { what: 'no expiry', token: () => issuer.jwt({ ...good, exp: undefined }) },
    { what: 'a start to come', token: () => issuer.jwt({ ...good, nbf: Math.floor(Date.now() / 1000) + 600 }) },
    { what: 'a key that was not published', token: () => issuer.jwt(good, { kid: 'k2' }) },
    { what: 'a stranger’s signature', token: () => issuer.jwt(good, {}, stranger) },
    { what: 'no algorithm', token: () => issuer.jwt(good, { alg: 'none' }) },
    { what: 'a symmetric algorithm', token: () => issuer.jwt(good, { alg: 'HS256' }) },
  ])('is refused with $what', async ({ token }) => {
    for (const call of [list, check]) expectProblem(await call(token()), 401, 'TOKEN_INVALID')
  })

  it('is the only one: the embedded issuer is off', async () => {
    const claims = { iss: 'mtls-gateway', accounts: '*', scope: 'mtls:read' }
    for (const call of [list, check]) expectProblem(await call(issuer.jwt(claims, {}, stranger)), 401, 'TOKEN_INVALID')
  })
})

describe('a JWT of an issuer with claims of its own, where TOKEN_TYPE=at+jwt', () => {
  let issuer: TokenIssuer
  let system: System
  const account = newAccountId()
  const good = { 'https://issuer.example/accounts': [account], scp: ['mtls:read'] }

  beforeAll(async () => {
    issuer = await startTokenIssuer()
    const { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, jwksUrl: TOKEN_JWKS_URL } = issuer
    system = await System.start({
      env: {
        TOKEN_ISSUER,
        TOKEN_AUDIENCE,
        TOKEN_JWKS_URL,
        TOKEN_TYPE: 'at+jwt',
        TOKEN_ACCOUNTS_CLAIM: 'https://issuer.example/accounts',
        TOKEN_SCOPE_CLAIM: 'scp',
      },
    })
  })

  afterAll(async () => {
    await system?.stop()
    await issuer?.close()
  })

  const list = (bearer: string) => system.toConfigApi({ bearer }).json('GET', `/mtls/account/${account}/certificates`)
  const check = (bearer: string) => system.toForwarderApi({ bearer }).json('POST', '/mtls/mapping?v=2', [])

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt'])('is taken with the type %s', async (typ) => {
    expect((await list(issuer.jwt(good, { typ }))).status).toBe(200)
    expect((await check(issuer.jwt(good, { typ }))).status).not.toBe(401)
  })

  it('is good for nothing with the usual claims alone', async () => {
    const usual = issuer.jwt({ accounts: [account], scope: 'mtls:read' }, { typ: 'at+jwt' })
    expectProblem(await list(usual), 403, 'WRONG_ACCOUNT')
  })

  it.each(['JWT', 'logout+jwt', 'dpop+jwt', 'at', '', 7, undefined])('is refused with the type %j', async (typ) => {
    for (const call of [list, check]) expectProblem(await call(issuer.jwt(good, { typ })), 401, 'TOKEN_INVALID')
  })
})
