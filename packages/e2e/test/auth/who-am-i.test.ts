import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { allScopes } from '../support/wire.ts'

const path = '/mtls/me'

let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
})

afterAll(() => system?.stop())

const asToken = async (accounts: readonly string[], scopes: readonly string[]) =>
  system.toConfigApi({ bearer: await system.token(accounts, scopes) }).json<{ expiresAt: string }>('GET', path)

describe('whoever asks what credentials are good for', () => {
  it('is told accounts, scopes and expiry of a token', async () => {
    const { status, body } = await asToken([tenant.id], ['mtls:admin', 'mtls:read'])
    const expected = { kind: 'bearer', accounts: [tenant.id], scopes: ['mtls:read', 'mtls:admin'] }
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { ...expected, subject: expect.stringContaining('#') },
    })
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now())
    expect((await asToken([tenant.id], ['forward'])).body).toMatchObject({ scopes: ['forward'] })
    expect((await asToken(['*'], allScopes)).body).toMatchObject({ accounts: '*', scopes: allScopes })
  })

  it('is told the same of an app key', async () => {
    const appKey = await tenant.newAppKey(['forward'])
    const { status, body } = await system.toConfigApi({ oauth1: appKey }).json('GET', path)
    expect(status).toBe(200)
    const expected = { kind: 'oauth1', subject: appKey.appKey, accounts: [tenant.id], scopes: ['forward'] }
    expect(body).toEqual({ ...expected, expiresAt: null })
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const expiring = { label: 'for an hour', scopes: ['forward'], expiresAt }
    const { body: created } = await tenant.api.json<typeof appKey>('POST', tenant.path('app-keys'), expiring)
    expect((await system.toConfigApi({ oauth1: created }).json('GET', path)).body).toMatchObject({ expiresAt })
  })

  it('must have some that are valid', async () => {
    expectProblem(await system.toConfigApi().json('GET', path), 401, 'CREDENTIALS_MISSING')
    expectProblem(await system.toConfigApi({ bearer: 'no.jwt.at-all' }).json('GET', path), 401, 'TOKEN_INVALID')
    const oauth1 = { ...(await tenant.newAppKey()), appSecret: 'another' }
    expectProblem(await system.toConfigApi({ oauth1 }).json('GET', path), 401, 'OAUTH_CREDENTIALS_INVALID')
  })
})
