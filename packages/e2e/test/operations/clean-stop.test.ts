import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type ApiResponse, makePkcs12, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
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

describe('SIGTERM with SHUTDOWN_PAUSE and SHUTDOWN_GRACE', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target], env: { SHUTDOWN_GRACE: '1s', SHUTDOWN_PAUSE: '5s' } })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const isStopping = (client: ApiClient) =>
    eventually(
      () => client.json('GET', '/health/ready'),
      ({ status }) => status === 503,
    )
  /** Status, `Connection` and, in the gateway's own answers, the code. */
  const facts = ({ status, headers, body }: ApiResponse<unknown>) => [
    status,
    headers.connection,
    (body as { code?: string }).code,
  ]

  it('lets the forwarder forward meanwhile, and ends a call that takes longer than both', async () => {
    const fresh = await system.newTenant()
    await fresh.onboard(await target.clientCa.issue({ commonName: 'endless' }), `${target.url}/*`)
    const caller = await fresh.newCaller()
    const anonymous = system.toForwarderApi()
    const forward = (client: ApiClient, path: string) =>
      client.json('GET', fresh.forwardPath, undefined, lp(`${target.url}${path}`))
    expect(facts(await forward(caller, '/'))).toEqual([200, 'keep-alive', undefined])
    target.clear()
    const inFlight = forward(caller, '/slow?ms=600000').then(
      ({ status }) => status,
      () => 'cut off',
    )
    await eventually(
      async () => target.seen.length,
      (seen) => seen > 0,
    )
    const begun = performance.now()
    const stopped = system.stopForwarderApi()
    expect(await isStopping(anonymous)).toMatchObject({ headers: { connection: 'close' } })
    expect(facts(await forward(caller, '/'))).toEqual([200, 'close', undefined])
    expect(facts(await forward(anonymous, '/'))).toEqual([401, 'close', 'CREDENTIALS_MISSING'])
    expect(await stopped).toBe(0)
    // By itself the call would end after 60 s, and it would be cut off after 35 s if the grace were the default.
    expect(performance.now() - begun).toBeLessThan(30_000)
    expect(['cut off', 424, 503]).toContain(await inFlight)
  })

  it('lets config-api serve on meanwhile, and its answers close their connections', async () => {
    const { api } = tenant
    const anonymous = system.toConfigApi()
    const stopped = system.stopConfigApi()
    const ready = await isStopping(anonymous)
    expect(ready).toMatchObject({ body: { status: 'stopping' }, headers: { connection: 'close' } })
    expect(facts(await api.json('GET', tenant.path('certificates')))).toEqual([200, 'close', undefined])
    expect(facts(await anonymous.json('GET', tenant.path('certificates')))).toEqual([
      401,
      'close',
      'CREDENTIALS_MISSING',
    ])
    expect(await stopped).toBe(0)
  })
})
