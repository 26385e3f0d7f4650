import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClientOptions, base64urlJson } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { newAccountId } from '../support/tenant.ts'

let system: SharedSystem
let token: string
const account = newAccountId()
const second = newAccountId()

beforeAll(async () => {
  system = await sharedSystem()
  token = await system.token([account, second], ['mtls:read'])
})

afterAll(() => system?.stop())

const services = {
  'config-api': (credentials: Omit<ApiClientOptions, 'baseUrl'>, id = account) =>
    system.toConfigApi(credentials).raw({ method: 'GET', path: `/mtls/account/${id}/certificates` }),
  'forwarder-api': (credentials: Omit<ApiClientOptions, 'baseUrl'>, id = account) =>
    system.toForwarderApi(credentials).raw({
      method: 'POST',
      path: '/mtls/mapping',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ serviceName: 'IDP', accountId: id, url: 'https://target.example/' }]),
    }),
}

describe.each(['config-api', 'forwarder-api'] as const)('a token of the embedded issuer at %s', (service) => {
  const call = services[service]

  it('opens each account that it names, and no other', async () => {
    expect((await call({ bearer: token })).status).toBe(200)
    expect((await call({ bearer: token }, second)).status).toBe(200)
    expectProblem(await call({ bearer: token }, newAccountId()), 403, 'WRONG_ACCOUNT')
  })

  it('opens every account with *', async () => {
    const all = await system.token(['*'], ['mtls:read'])
    expect((await call({ bearer: all }, newAccountId())).status).toBe(200)
  })

  it('is refused when it was changed', async () => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const wider = base64urlJson({ ...claims, accounts: '*' })
    const unsigned = base64urlJson({ alg: 'none', typ: 'JWT' })
    const other = signature.startsWith('A') ? 'B' : 'A'
    const bad = [
      `${header}.${wider}.${signature}`,
      `${header}.${payload}.${other}${signature.slice(1)}`,
      `${header}.${payload}.`,
      `${unsigned}.${wider}.`,
      `${unsigned}.${wider}.${signature}`,
      'nonsense',
      'a.b.c',
    ]
    for (const bearer of bad) {
      const refused = await call({ bearer })
      expectProblem(refused, 401, 'TOKEN_INVALID')
      expect(String(refused.headers['www-authenticate'])).toMatch(/Bearer/)
    }
  })

  it('names a scheme that there is', async () => {
    const client = service === 'config-api' ? system.toConfigApi() : system.toForwarderApi()
    const path = service === 'config-api' ? `/mtls/account/${account}/certificates` : '/mtls/mapping'
    const method = service === 'config-api' ? 'GET' : 'POST'
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', token]) {
      const refused = await client.raw({ method, path, headers: { authorization } })
      expect(refused.status).toBe(401)
      expect(refused.headers['www-authenticate']).toBeDefined()
    }
  })
})

describe('a token in the query or the body', () => {
  it('is refused by config-api', async () => {
    const client = system.toConfigApi()
    const path = `/mtls/account/${account}/certificates?access_token=${token}`
    expectProblem(await client.raw({ method: 'GET', path }), 401, 'CREDENTIALS_MISSING')
    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify({ access_token: token })
    const posted = { method: 'POST', path: `/mtls/account/${account}/mappings`, headers: json, body }
    expectProblem(await client.raw(posted), 401, 'CREDENTIALS_MISSING')
  })

  it('is refused by forwarder-api', async () => {
    const client = system.toForwarderApi()
    const path = `/mtls/mapping?access_token=${token}`
    const json = { 'content-type': 'application/json' }
    const inQuery = await client.raw({ method: 'POST', path, headers: json, body: '[]' })
    expectProblem(inQuery, 401, 'CREDENTIALS_MISSING')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = `access_token=${token}`
    const inBody = await client.raw({ method: 'POST', path: '/mtls/mapping', headers: form, body })
    expectProblem(inBody, 401, 'CREDENTIALS_MISSING')
  })
})
