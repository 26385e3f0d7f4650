import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

let system: System
let hostile: Tenant
let other: Tenant

beforeAll(async () => {
  system = await System.start({})
  ;[hostile, other] = await Promise.all([system.newTenant(), system.newTenant()])
})

afterAll(() => system?.stop())

/** As many empty lists as fit. */
const lists = (bytes: number) => `[${'[],'.repeat(Math.floor(bytes / 3) - 2)}[]]`

const send = (api: ApiClient, path: string, body: string) =>
  api.raw({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })

describe('bodies of a million lists, as many as an account may send at once', () => {
  it('neither end a forwarder nor keep it from others', async () => {
    const [caller, quiet] = await Promise.all([hostile.newCaller(), other.newCaller()])
    const path = `${hostile.forwardPath}/mapping`
    const body = lists(4 * 1_024 * 1_024)
    const refused = Array.from({ length: 4 }, () => send(caller, path, body))
    const entry = { serviceName: 'IDP', accountId: other.id, url: 'https://target.example/' }
    const served = await quiet.json('POST', `${other.forwardPath}/mapping`, [entry])
    expect(served.status).toBe(200)
    for (const { status, body: answer } of await Promise.all(refused)) {
      expect([status, JSON.parse(answer.toString())]).toMatchObject([
        400,
        { code: 'LIMIT_EXCEEDED', field: 'body', limit: 20_000 },
      ])
    }
  })

  it('are refused by a forwarder before they are parsed if they have values that no check has', async () => {
    const caller = await other.newCaller()
    const numbers = `[${'1,'.repeat(2_000_000)}1]`
    const refused = await send(caller, `${other.forwardPath}/mapping`, numbers)
    expect([refused.status, JSON.parse(refused.body.toString())]).toMatchObject([
      400,
      { code: 'LIMIT_EXCEEDED', field: 'body', limit: 50_000 },
    ])
  })

  it('do not end config-api either', async () => {
    const refused = await Promise.all(
      Array.from({ length: 2 }, () => send(hostile.api, hostile.path('mappings'), lists(8 * 1_024 * 1_024))),
    )
    expect(refused.map(({ status }) => status)).toEqual([400, 400])
    expect((await other.api.json('GET', other.path('mappings'))).status).toBe(200)
  })

  it('count for what they take to read: their account may send no more for a while, and others may', async () => {
    const values = `[${'1,'.repeat(2_000_000)}1]`
    let { status } = await send(hostile.api, hostile.path('mappings'), values)
    for (let n = 0; n < 20 && status !== 429; n++) {
      status = (await send(hostile.api, hostile.path('mappings'), values)).status
    }
    expect(status).toBe(429)
    expect((await send(other.api, other.path('mappings'), values)).status).toBe(400)
  })
})
