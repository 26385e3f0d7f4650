import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAppKey, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AccountWriter, newRecordId } from '@mtls-gateway/registry'
import { appKeyMacsPath } from '@mtls-gateway/secret-store'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { newAccountId } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let system: System
let strict: System

beforeAll(async () => {
  system = await System.start()
  strict = await System.start({ env: { APP_KEYS_WITHOUT_MAC: 'refuse' } })
})

afterAll(async () => {
  await system?.stop()
  await strict?.stop()
})

/** As config-api made them before they had a MAC. */
async function oldAppKey(
  account: string,
  { backends } = system,
): Promise<{ readonly appKey: string; readonly appSecret: string }> {
  const store = backends.openStore()
  const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
  const writer = new AccountWriter({ store, changeFeed })
  const [accountId, id, changeId] = [parseAccountId(account), newRecordId(), newRecordId()]
  const appSecret = randomBytes(32).toString('base64url')
  const createdAt = new Date().toISOString()
  await writer.records.put('app-keys', accountId, id, { secret: appSecret })
  const made = { id, label: 'old', scopes: ['mtls:read'], createdAt, expiresAt: null } as const
  const context = { changeId, at: createdAt, actor: 'tests', address: '::1' }
  await writer.change(accountId, changeId, createAppKey(context, made))
  await writer.close()
  await store.close()
  expect(id).toHaveLength(22)
  return { appKey: `${account}.${id}`, appSecret }
}

describe('an app key that was made before they had a MAC', () => {
  it('works on both services until it is deleted', async () => {
    const tenant = await system.newTenant()
    const oauth1 = await oldAppKey(tenant.id)
    const list = () => system.toConfigApi({ oauth1 }).json('GET', tenant.path('certificates'))
    const check = () => system.toForwarderApi({ oauth1 }).json('POST', '/mtls/mapping?v=2', [])
    const entry = [{ serviceName: 'IDP', accountId: tenant.id, url: 'https://target.example/' }]
    const checked = await system.toForwarderApi({ oauth1 }).json('POST', '/mtls/mapping?v=2', entry)

    expect(await list()).toMatchObject({ status: 200, body: [] })
    expect(checked).toMatchObject({ status: 200, body: [{ doExist: false }] })

    const deleted = await tenant.api.json('DELETE', tenant.path(`app-keys/${oauth1.appKey}`))
    expect(deleted).toMatchObject({ status: 200, body: { appKey: oauth1.appKey } })
    expectProblem(await list(), 401, 'OAUTH_CREDENTIALS_INVALID')
    const refused = await eventually(check, ({ status }) => status === 401)
    expectProblem(refused, 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('is refused where APP_KEYS_WITHOUT_MAC says so, and one with a MAC is not', async () => {
    const tenant = await strict.newTenant()
    const list = (oauth1: Pick<AppKey, 'appKey' | 'appSecret'>) =>
      strict.toConfigApi({ oauth1 }).json('GET', tenant.path('certificates'))
    const check = (oauth1: Pick<AppKey, 'appKey' | 'appSecret'>) =>
      strict.toForwarderApi({ oauth1 }).json('POST', `/mtls/account/${tenant.id}/mapping`, [])
    const [old, present] = [await oldAppKey(tenant.id, strict), await tenant.newAppKey(['mtls:read'])]
    for (const refused of [await list(old), await check(old)]) {
      expectProblem(refused, 401, 'OAUTH_CREDENTIALS_INVALID')
    }
    expect((await list(present)).status).toBe(200)
    expect((await check(present)).status).not.toBe(401)
  })
})

describe('the MAC keys of a deployment', () => {
  it('are made once, with the first app key, and stay what they are', async () => {
    const store = system.backends.openStore()
    const accounts = await Promise.all(Array.from({ length: 5 }, () => system.newTenant(newAccountId())))
    const keys = await Promise.all(accounts.map((tenant) => tenant.newAppKey(['mtls:read'])))
    const stored = await store.get(appKeyMacsPath)
    await store.close()
    expect(stored).toMatchObject({ version: 1, value: { keys: [{ number: 1 }] } })
    for (const { appKey } of keys) expect(parseRecordId(appKey.split('.')[1] ?? '')).toHaveLength(44)
    for (const [index, oauth1] of keys.entries()) {
      const list = await system.toConfigApi({ oauth1 }).json('GET', accounts[index]?.path('certificates') ?? '')
      expect(list.status).toBe(200)
    }
  })
})
