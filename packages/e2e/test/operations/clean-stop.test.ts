import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, makePkcs12, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

describe('SIGTERM', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target] })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const arrives = () =>
    eventually(
      async () => target.seen.length,
      (seen) => seen > 0,
    )
  const isRefused = async (client: ApiClient, path: string) => {
    try {
      const { status } = await client.raw({ method: 'GET', path })
      return status === 503
    } catch {
      return true
    }
  }

  it('lets the forwarder finish the call in flight, take no more, and end with code 0', async () => {
    const url = `${target.url}/slow?ms=1500`
    await tenant.onboard(await target.clientCa.issue({ commonName: 'slow' }), url)
    const caller = await tenant.newCaller()
    const inFlight = caller.json('POST', tenant.forwardPath, { slow: true }, lp(url))
    await arrives()
    const fresh = system.toForwarderApi()
    const stopped = system.stopForwarderApi()
    await eventually(() => isRefused(fresh, '/health/ready'), Boolean)
    expect(await inFlight).toMatchObject({ status: 200, body: { body: '{"slow":true}' } })
    expect(await stopped).toBe(0)
  })

  it('lets config-api finish the call in flight, take no more, and end with code 0', async () => {
    target.clear()
    const identity = await target.clientCa.issue({ commonName: 'slow' })
    const content = makePkcs12({ identity, password: 'secret' })
    const inFlight = tenant.api.multipart(
      'POST',
      tenant.path('p12-test/multipart'),
      { password: 'secret' },
      { file: { fileName: 'a.p12', content } },
      { 'LP-forward-url': `${target.url}/slow?ms=1500` },
    )
    await arrives()
    const fresh = system.toConfigApi()
    const stopped = system.stopConfigApi()
    await eventually(() => isRefused(fresh, '/health/ready'), Boolean)
    expect(await inFlight).toMatchObject({ status: 200, body: { readable: true } })
    expect(await stopped).toBe(0)
  })

  it('does not wait for idle connections', async () => {
    // The tests before have stopped both.
    await Promise.all([system.startConfigApi(), system.startForwarderApi()])
    const fresh = await system.newTenant()
    await fresh.api.json('GET', fresh.path('certificates'))
    const caller = await fresh.newCaller()
    await caller.json('POST', '/mtls/mapping', [])
    const [config, forwarder] = await Promise.all([system.stopConfigApi(), system.stopForwarderApi()])
    expect([config, forwarder]).toEqual([0, 0])
  })
})

describe('SIGTERM with SHUTDOWN_GRACE', () => {
  it('ends a call that takes longer', async () => {
    const target = await startTestTarget()
    const system = await System.start({ targets: [target], env: { SHUTDOWN_GRACE: '1s' } })
    try {
      const tenant = await system.newTenant()
      const url = `${target.url}/slow?ms=25000`
      await tenant.onboard(await target.clientCa.issue({ commonName: 'endless' }), url)
      const caller = await tenant.newCaller()
      const inFlight = caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) }).then(
        ({ status }) => status,
        () => 'cut off',
      )
      await eventually(
        async () => target.seen.length,
        (seen) => seen > 0,
      )
      const begun = performance.now()
      await system.stopForwarderApi()
      expect(performance.now() - begun).toBeLessThan(15_000)
      expect(['cut off', 424, 503]).toContain(await inFlight)
    } finally {
      await system.stop()
      await target.close()
    }
  })
})
