import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiResponse } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { AppKey } from '../support/wire.ts'

describe('app keys', () => {
  let system: SharedSystem

  beforeAll(async () => {
    system = await sharedSystem()
  })

  afterAll(() => system?.stop())

  it('are made with forward and mtls:read unless the request names others', async () => {
    const tenant = await system.newTenant()
    const plain = await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), { label: 'plain' })
    expect(plain.status).toBe(201)
    expect(plain.body.appKey.startsWith(`${tenant.id}.`)).toBe(true)
    expect(plain.body.appSecret.length).toBeGreaterThan(20)
    expect([...plain.body.scopes].sort()).toEqual(['forward', 'mtls:read'])
    const body = { label: 'writer', scopes: ['mtls:write'] }
    const named = await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), body)
    expect(named.body).toMatchObject(body)
  })

  it('may be limited to services, of which they keep the order and each only once', async () => {
    const tenant = await system.newTenant()
    const body = { label: 'limited', services: ['3', 'IDP', 'FAAS'] }
    const made = await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), body)
    expect(made).toMatchObject({ status: 201, body: { services: ['FAAS', 'IDP'], scopes: ['forward', 'mtls:read'] } })
    const list = await tenant.api.json('GET', tenant.path('app-keys'))
    expect(list.body).toMatchObject([{ services: ['FAAS', 'IDP'] }])
    const me = await system.toConfigApi({ oauth1: made.body }).json('GET', '/mtls/me')
    expect(me.body).toMatchObject({ services: ['FAAS', 'IDP'] })
    for (const [more, status, code] of [
      [{ services: ['NOBODY'] }, 400, 'UNKNOWN_SERVICE'],
      [{ services: [] }, 400, 'VALIDATION_FAILED'],
      [{ services: Array(21).fill('IDP') }, 400, 'LIMIT_EXCEEDED'],
      [{ scopes: ['forward', 'mtls:write'] }, 403, 'SCOPE_NOT_GRANTABLE'],
    ] as const) {
      expectProblem(await tenant.api.json('POST', tenant.path('app-keys'), { ...body, ...more }), status, code)
    }
  })

  it('are listed without their secrets', async () => {
    const tenant = await system.newTenant()
    const { appKey, appSecret } = await tenant.newAppKey()
    const list = await tenant.api.json('GET', tenant.path('app-keys'))
    expect(list).toMatchObject({ status: 200, body: [{ appKey, label: 'tests' }] })
    expect(JSON.stringify(list.body)).not.toContain(appSecret)
    expect(JSON.stringify(list.body)).not.toContain('appSecret')
  })

  it('work on both services as soon as they are made', async () => {
    const tenant = await system.newTenant()
    const oauth1 = await tenant.newAppKey(['mtls:read'])
    const certificates = await system.toConfigApi({ oauth1 }).json('GET', tenant.path('certificates'))
    expect(certificates).toMatchObject({ status: 200, body: [] })
    const entry = { serviceName: 'IDP', accountId: tenant.id, url: 'https://target.example/' }
    const check = await system.toForwarderApi({ oauth1 }).json('POST', '/mtls/mapping?v=2', [entry])
    expect(check).toMatchObject({ status: 200, body: [{ ...entry, doExist: false }] })
  })

  it('stop on config-api with their deletion, and on the forwarder soon after', async () => {
    const tenant = await system.newTenant()
    const oauth1 = await tenant.newAppKey(['mtls:read'])
    const [toConfig, toForwarder] = [system.toConfigApi({ oauth1 }), system.toForwarderApi({ oauth1 })]
    const list = () => toConfig.json('GET', tenant.path('certificates'))
    const check = () => toForwarder.json('POST', `/mtls/account/${tenant.id}/mapping`, [])
    const before = await Promise.all([list(), check()])
    expect(before[0].status).toBe(200)
    expect(before[1].status).not.toBe(401)

    const deleted = await tenant.api.json('DELETE', tenant.path(`app-keys/${oauth1.appKey}`))
    expect(deleted).toMatchObject({ status: 200, body: { appKey: oauth1.appKey } })
    expectProblem(await list(), 401, 'OAUTH_CREDENTIALS_INVALID')
    // By the notice: a copy of the account is served for 5 minutes without one.
    expectProblem(await eventually(check, ({ status }) => status === 401), 401, 'OAUTH_CREDENTIALS_INVALID')
    expect((await tenant.api.json('GET', tenant.path('app-keys'))).body).toEqual([])
  })

  it('stop when they expire', async () => {
    const tenant = await system.newTenant()
    const expiresAt = new Date(Date.now() + 5_000).toISOString()
    const body = { label: 'short', scopes: ['mtls:read'], expiresAt }
    const { body: oauth1 } = await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), body)
    expect(oauth1).toMatchObject({ expiresAt })
    const [toConfig, toForwarder] = [system.toConfigApi({ oauth1 }), system.toForwarderApi({ oauth1 })]
    const calls = [
      () => toConfig.json('GET', tenant.path('certificates')),
      () => toForwarder.json('POST', '/mtls/mapping', []),
    ]
    const untilRefused = async (call: () => Promise<ApiResponse<unknown>>) => {
      expectProblem(await eventually(call, ({ status }) => status === 401), 401, 'OAUTH_CREDENTIALS_INVALID')
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt))
    }
    await Promise.all(calls.map(untilRefused))
  })

  it.each([
    { what: 'a scope that there is not', body: { label: 'x', scopes: ['everything'] } },
    { what: 'a field that there is not', body: { label: 'x', colour: 'green' } },
    { what: 'no label', body: { scopes: ['forward'] } },
    { what: 'a label with a line break', body: { label: 'a\nb' } },
    { what: 'an expiry that is no time', body: { label: 'x', expiresAt: 'tomorrow' } },
  ])('are refused with $what', async ({ body }) => {
    const tenant = await system.newTenant()
    expectProblem(await tenant.api.json('POST', tenant.path('app-keys'), body), 400, 'VALIDATION_FAILED')
    expect((await tenant.api.json('GET', tenant.path('app-keys'))).body).toEqual([])
  })

  it('are refused with an expiry that is over', async () => {
    const tenant = await system.newTenant()
    const body = { label: 'late', expiresAt: '2020-01-01T00:00:00.000Z' }
    expectProblem(await tenant.api.json('POST', tenant.path('app-keys'), body), 400, 'EXPIRY_NOT_IN_FUTURE')
  })

  it('that are not there can not be deleted', async () => {
    const [tenant, other] = [await system.newTenant(), await system.newTenant()]
    const { appKey } = await other.newAppKey()
    for (const key of [`${tenant.id}.nothing`, appKey]) {
      const refused = await tenant.api.json('DELETE', tenant.path(`app-keys/${key}`))
      expectProblem(refused, 404, 'APP_KEY_NOT_FOUND')
    }
    expect((await other.api.json('GET', other.path('app-keys'))).body).toHaveLength(1)
  })
})
