import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isOnProduction } from '../support/backends.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SignedCall, send, sendSigned, signatureOf } from '../support/signed-call.ts'
import { System } from '../support/system.ts'
import type { AppKey } from '../support/wire.ts'

/** The same whatever port a restarted service gets: callers sign what they call. */
const base = 'http://gateway.example'

describe('a request that was taken before a restart', () => {
  let system: System
  let appKey: AppKey
  let accountId: string

  beforeAll(async () => {
    system = await System.start({ env: { PUBLIC_BASE_URLS: base } })
    const tenant = await system.newTenant()
    accountId = tenant.id
    appKey = await tenant.newAppKey()
  })

  afterAll(() => system?.stop())

  const list = (): SignedCall => {
    const path = `/mtls/account/${accountId}/certificates`
    return { client: system.toConfigApi(), base, method: 'GET', path, appKey }
  }
  const check = (): SignedCall => {
    const body = JSON.stringify([{ serviceName: 'IDP', accountId, url: 'https://target.example/' }])
    const headers = { 'content-type': 'application/json' }
    return { client: system.toForwarderApi(), base, method: 'POST', path: '/mtls/mapping', appKey, body, headers }
  }
  const services = [
    {
      service: 'config-api',
      call: list,
      end: (how: 'stop' | 'kill') => system.stopConfigApi(how),
      start: () => system.startConfigApi(),
    },
    {
      service: 'forwarder-api',
      call: check,
      end: (how: 'stop' | 'kill') => system.stopForwarderApi(how),
      start: () => system.startForwarderApi(),
    },
  ]

  it.each(services)('is refused by $service after a clean one', async ({ call, end, start }) => {
    const authorization = signatureOf(call())
    expect((await send(call(), authorization)).status).toBe(200)
    await end('stop')
    await start()
    expectProblem(await send(call(), authorization), 401, 'OAUTH_NONCE_REPLAYED')
    expect((await sendSigned(call())).status).toBe(200)
  })

  it.each(services)('is refused by $service after it was killed', async ({ call, end, start }) => {
    const authorization = signatureOf(call())
    expect((await send(call(), authorization)).status).toBe(200)
    await end('kill')
    await start()
    // Redis has not forgotten it; the embedded memory has, and knows that it has.
    const code = isOnProduction() ? 'OAUTH_NONCE_REPLAYED' : 'TIMESTAMP_BEFORE_START'
    expectProblem(await send(call(), authorization), 401, code)
    // Timestamps are whole seconds: one that is surely after the start.
    await setTimeout(1_100)
    expect((await sendSigned(call())).status).toBe(200)
  })
})
