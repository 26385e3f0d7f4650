import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

describe('the two services', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let appKey: AppKey
  let url: string

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target] })
    tenant = await system.newTenant()
    url = `${target.url}/`
    await tenant.onboard(await target.clientCa.issue({ commonName: 'independent' }), url)
    appKey = await tenant.newAppKey()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const forward = async (client: ApiClient) => {
    const { status } = await client.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) })
    return status
  }
  const list = async () => {
    const bearer = await system.token()
    const answer = await system.toConfigApi({ bearer }).json<unknown[]>('GET', tenant.path('certificates'))
    expect(answer).toMatchObject({ status: 200, body: [{ name: 'c1' }] })
  }

  it('do without each other: the forwarder goes on while config-api is stopped, and starts without it', async () => {
    const caller = system.toForwarderApi({ oauth1: appKey })
    expect(await forward(caller)).toBe(200)
    expect(await system.stopConfigApi()).toBe(0)
    expect(await forward(caller)).toBe(200)
    expect(await system.stopForwarderApi()).toBe(0)
    await system.startForwarderApi()
    expect(await forward(system.toForwarderApi({ oauth1: appKey }))).toBe(200)
    await system.startConfigApi()
    await list()
  })

  it('do without each other: config-api goes on while the forwarder is stopped, and starts without it', async () => {
    expect(await system.stopForwarderApi()).toBe(0)
    await list()
    expect(await system.stopConfigApi()).toBe(0)
    await system.startConfigApi()
    await list()
    await system.startForwarderApi()
    expect(await forward(system.toForwarderApi({ oauth1: appKey }))).toBe(200)
  })

  it('survive the other’s sudden end, and keep what was stored', async () => {
    const caller = system.toForwarderApi({ oauth1: appKey })
    await system.stopConfigApi('kill')
    expect(await forward(caller)).toBe(200)
    await system.startConfigApi()
    await list()
    await system.stopForwarderApi('kill')
    await list()
    await system.startForwarderApi()
  })

  it('take calls while the other is replaced', async () => {
    // The last test killed the forwarder: calls signed in the second of its start are refused as replays may be.
    await setTimeout(1_100)
    const caller = system.toForwarderApi({ oauth1: appKey })
    let over = false
    const statuses: number[] = []
    const calling = (async () => {
      while (!over) statuses.push(await forward(caller))
    })()
    await system.stopConfigApi()
    await system.startConfigApi()
    await list()
    over = true
    await calling
    expect(statuses.length).toBeGreaterThan(0)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
  })
})
