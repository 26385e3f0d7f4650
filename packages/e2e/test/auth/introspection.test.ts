import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type LocalServer, serve } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { newAccountId } from '../support/tenant.ts'

describe('an opaque token that is asked of an RFC 7662 endpoint', () => {
  let endpoint: LocalServer
  let system: System
  let asked: { method: string | undefined; authorization: string | undefined; body: string }[] = []
  const account = newAccountId()
  const inAnHour = Math.floor(Date.now() / 1000) + 3_600
  const answers: Record<string, object> = {
    good: { active: true, sub: 'alice', accounts: [account], scope: 'mtls:read', exp: inAnHour },
    everywhere: { active: true, sub: 'root', accounts: '*', scope: 'mtls:read', exp: inAnHour },
    elsewhere: { active: true, sub: 'bob', accounts: ['other'], scope: 'mtls:read', exp: inAnHour },
    writer: { active: true, sub: 'carol', accounts: [account], scope: 'mtls:write', exp: inAnHour },
    past: { active: true, sub: 'dave', accounts: [account], scope: 'mtls:read', exp: 1_000 },
    powerless: { active: true, sub: 'erin', accounts: [account], exp: inAnHour },
    nobody: { active: true, scope: 'mtls:read', exp: inAnHour },
  }

  beforeAll(async () => {
    endpoint = await serve(async (request, response) => {
      const body = await text(request)
      asked.push({ method: request.method, authorization: request.headers.authorization, body })
      const token = new URLSearchParams(body).get('token') ?? ''
      response.setHeader('content-type', 'application/json')
      if (token === 'broken') response.writeHead(500)
      response.end(JSON.stringify(answers[token] ?? { active: false }))
    })
    system = await System.start({
      env: {
        INTROSPECTION_URL: `${endpoint.url}/introspect`,
        INTROSPECTION_CLIENT_ID: 'gateway',
        INTROSPECTION_CLIENT_SECRET: 'introspection secret',
      },
    })
  })

  afterAll(async () => {
    await system?.stop()
    await endpoint?.close()
  })

  beforeEach(() => {
    asked = []
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

  it.each(calls)('is taken by $service when it is active', async ({ call }) => {
    expect((await call('good')).status).toBe(200)
    expect(asked[0]?.method).toBe('POST')
    expect(asked[0]?.authorization).toMatch(/^Basic /)
    expect(new URLSearchParams(asked[0]?.body).get('token')).toBe('good')
    expect((await call('everywhere')).status).toBe(200)
  })

  it.each(calls)('binds accounts and scopes at $service', async ({ call }) => {
    expectProblem(await call('elsewhere'), 403, 'WRONG_ACCOUNT')
    expectProblem(await call('writer'), 403, 'SCOPE_MISSING')
  })

  it.each(calls)('is refused by $service when it is not active, of no account, or past its time', async ({ call }) => {
    expectProblem(await call('unheard-of'), 401, 'TOKEN_INVALID')
    expect([401, 403]).toContain((await call('nobody')).status)
    const past = await call('past')
    expect(past.status).toBe(401)
    expect(past.body).toMatchObject({ code: expect.stringMatching(/^TOKEN_(INVALID|EXPIRED)$/) })
  })

  it.each(calls)('is no 401 at $service when the endpoint fails', async ({ call }) => {
    const refused = await call('broken')
    expectProblem(refused, 503, 'TOKEN_ISSUER_UNAVAILABLE')
    expect(refused.headers['retry-after']).toBeDefined()
  })

  it.each(['config-api', 'forwarder-api'] as const)('has the cause in the log of %s', async (service) => {
    const process = service === 'config-api' ? system.configApi : system.forwarderApi
    const output = await eventually(
      async () => process.output,
      (text) => text.includes('"event":"unavailable"'),
    )
    const line = output.split('\n').find((each) => each.includes('"event":"unavailable"')) ?? ''
    const message = expect.stringMatching(/^https?:\/\/\S+: it answered with status 5\d\d$/)
    expect(JSON.parse(line)).toMatchObject({ code: 'TOKEN_ISSUER_UNAVAILABLE', level: 'warn', err: { message } })
  })

  it('says what it is good for and until when, even if that is nothing', async () => {
    const whoAmI = async (bearer: string) => (await system.toConfigApi({ bearer }).json('GET', '/mtls/me')).body
    const expiresAt = new Date(inAnHour * 1_000).toISOString()
    expect(await whoAmI('good')).toMatchObject({ accounts: [account], scopes: ['mtls:read'], expiresAt })
    expect(await whoAmI('powerless')).toMatchObject({ accounts: [account], scopes: [], expiresAt })
  })

  it('is never asked about for an OAuth 1.0a call', async () => {
    const oauth1 = { appKey: `${account}.none`, appSecret: 'x' }
    const refused = await system.toConfigApi({ oauth1 }).json('GET', `/mtls/account/${account}/certificates`)
    expect(refused.status).toBe(401)
    expect(asked).toEqual([])
  })
})
