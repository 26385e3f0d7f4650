import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ApiClient, type ServiceProcess, startTestTarget, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { startFixedEdge } from '../support/edge.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const describeEdge = withTools(describe, 'nginx')

describeEdge('two forwarders behind nginx', () => {
  const opened = new AsyncDisposableStack()
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let oauth1: AppKey

  beforeAll(async () => {
    target = await startTestTarget()
    opened.defer(() => target.close())
    // Longer than nginx needs for a request that has already chosen its instance.
    const env = { TRUSTED_PROXIES: '127.0.0.1', SHUTDOWN_PAUSE: '3s' }
    system = await System.start({ targets: [target], moreForwarders: [{}], env })
    opened.defer(() => system.stop())
    tenant = await system.newTenant()
    await tenant.onboard(await target.clientCa.issue({ commonName: 'client' }), `${target.url}/`)
    oauth1 = await tenant.newAppKey()
  })

  afterAll(() => opened.disposeAsync())

  const forwarders = () => [system.forwarderApi, ...system.moreForwarders]
  const callsOf = (service: ServiceProcess | undefined) => (service?.output.split('"event":"request"').length ?? 0) - 1

  it('no call fails while one gets SIGTERM and ends, and the other one is found at once', async () => {
    const edge = await startFixedEdge(
      opened,
      forwarders().map(({ url }) => url),
    )
    const client = new ApiClient({ baseUrl: edge.forwarderApi, ca: edge.ca, oauth1 })
    opened.defer(() => client.close())
    const url = lp(`${target.url}/`)
    const gets = new SteadyCalls(() => client.json('GET', tenant.forwardPath, undefined, url), 2, 5)
    const posts = new SteadyCalls(() => client.json('POST', tenant.forwardPath, { amount: 1 }, url), 2, 5)
    const more = async (count: number) => {
      const until = gets.count + count
      while (gets.count < until) await new Promise((resolve) => setTimeout(resolve, 20))
    }

    await more(50)
    // All calls of the account are at one of them.
    const [idle, busy] = forwarders().toSorted((one, other) => callsOf(one) - callsOf(other))
    expect([callsOf(idle), callsOf(busy) > 50]).toEqual([0, true])
    expect(await busy?.stop()).toBe(0)
    await more(50)
    expect(callsOf(idle)).toBeGreaterThan(50)

    for (const calls of [gets, posts]) {
      const made = await calls.stop()
      expect(tally(made)).toEqual({ 200: made.length })
    }
  })

  it('a body of any size passes, and nginx answers 503 when no instance is ready', async () => {
    const edge = await startFixedEdge(
      opened,
      forwarders().map(({ url }) => url),
    )
    const client = new ApiClient({ baseUrl: edge.forwarderApi, ca: edge.ca, oauth1 })
    opened.defer(() => client.close())
    const body = { text: 'x'.repeat(3_000_000) }
    expect(await client.json('POST', tenant.forwardPath, body, lp(`${target.url}/`))).toMatchObject({ status: 200 })

    await Promise.all(forwarders().map((forwarder) => forwarder.stop()))
    expect(await client.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))).toMatchObject({ status: 503 })
  })
})
