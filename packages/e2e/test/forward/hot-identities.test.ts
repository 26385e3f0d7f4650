import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import { lp, mustBe } from '../support/tenant.ts'

describe('MAX_HOT_IDENTITIES', () => {
  let target: TestTarget
  let system: System

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target], forwarderApiEnv: { MAX_HOT_IDENTITIES: '2' } })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function newCaller(commonName: string): Promise<() => Promise<number | undefined>> {
    const tenant = await system.newTenant()
    const url = `${target.url}/${commonName}`
    await tenant.onboard(await target.clientCa.issue({ commonName }), url)
    const client = await tenant.newCaller(['forward'])
    return async () => {
      mustBe(200, await client.json('GET', tenant.forwardPath, undefined, lp(url)))
      return target.seen.at(-1)?.socketId
    }
  }

  it('bounds the certificates that keep connections: the one used least recently connects anew', async () => {
    const [one, two, three] = await Promise.all([newCaller('one'), newCaller('two'), newCaller('three')])
    const connections = [await one(), await two()]
    expect([await one(), await two()]).toEqual(connections)
    await one()
    await three()
    expect(await one()).toBe(connections[0])
    expect(await two()).not.toBe(connections[1])
  })
})
