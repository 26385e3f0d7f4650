import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestTarget } from '@mtls-gateway/test-kit'
import { Bank } from '../support/bank.ts'
import { eventually } from '../support/eventually.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { lp } from '../support/tenant.ts'

describe('tokens that are bound to certificates', () => {
  const bank = new Bank()
  let system: SharedSystem
  let target: TestTarget

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget({ handler: bank.handler })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  afterEach(() => {
    bank.instead = undefined
    bank.lifetimeSeconds = 3_600
  })

  const issue = () => target.clientCa.issue({ commonName: 'tpp-1' })

  /** One certificate, and a mapping for each pair of client and scope. */
  async function tenantOf(uses: readonly (readonly [clientId: string, scope: string])[]) {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await issue())
    for (const [clientId, scope] of uses) {
      const targetAuth = {
        ...{ type: 'oauth2', tokenUrl: `${target.url}/token`, clientId, method: 'tls_client_auth', scope },
      }
      const [url, name] = [`${target.url}/${clientId}/${scope}/*`, `${clientId} ${scope}`]
      const entry = { certificationId: id, serviceId: 'IDP', url, name, targetAuth }
      await tenant.map(entry as Parameters<typeof tenant.map>[0])
    }
    const caller = await tenant.newCaller(['forward'])
    const call = ([clientId, scope]: readonly [string, string]) =>
      caller.json<{ fingerprint: string }>(
        'GET',
        tenant.forwardPath,
        undefined,
        lp(`${target.url}/${clientId}/${scope}/1`),
      )
    return { tenant, rotation: new Rotation(tenant, id), call }
  }

  it('are there for the next version when it is promoted, so that no call waits', async () => {
    const use = ['ahead', 'payments'] as const
    const { rotation, call } = await tenantOf([use])
    expect((await call(use)).status).toBe(200)
    const next = await issue()
    expect((await rotation.stage(next)).status).toBe(201)
    await eventually(
      async () => bank.grants.at(-1)?.fingerprint,
      (fingerprint) => fingerprint === next.fingerprintSha256,
    )
    // From here on no call that waits for the endpoint is answered in time.
    bank.instead = () => {}
    const calls = new SteadyCalls(() => call(use), 4)
    expect((await rotation.post(promotion)).status).toBe(200)
    await eventually(
      async () => (await call(use)).body.fingerprint,
      (fingerprint) => fingerprint === next.fingerprintSha256,
    )
    const all = await calls.stop()
    expect(tally(all)).toEqual({ 200: all.length })
  })

  it('are renewed for the staged version with those of the version in use', async () => {
    const use = ['renewed', 'payments'] as const
    const { rotation, call } = await tenantOf([use])
    bank.lifetimeSeconds = 1
    expect((await call(use)).status).toBe(200)
    const next = await issue()
    expect((await rotation.stage(next)).status).toBe(201)
    await eventually(
      async () => {
        expect((await call(use)).status).toBe(200)
        return bank.grants.filter(({ fingerprint }) => fingerprint === next.fingerprintSha256).length
      },
      (grants) => grants > 2,
    )
  })

  it('are asked for by the call where the endpoint gave none ahead', async () => {
    const use = ['late', 'payments'] as const
    const { rotation, call } = await tenantOf([use])
    const first = await call(use)
    bank.instead = (response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"x"}')
    const next = await issue()
    const before = bank.grants.length
    expect((await rotation.stage(next)).status).toBe(201)
    await eventually(
      async () => bank.grants.length,
      (asked) => asked > before,
    )
    bank.instead = undefined
    expect((await rotation.post(promotion)).status).toBe(200)
    const second = await eventually(
      () => call(use),
      ({ body }) => body.fingerprint !== first.body.fingerprint,
    )
    expect(second).toMatchObject({ status: 200, body: { fingerprint: next.fingerprintSha256 } })
  })

  // The calls have to be made, however slow the machine is.
  it('never cross in 10,000 calls of two accounts, two mappings and two scopes, with promotions all the while', async () => {
    const uses = ['m1', 'm2'].flatMap((clientId) =>
      ['payments', 'accounts'].map((scope): readonly [string, string] => [clientId, scope]),
    )
    const tenants = await Promise.all([tenantOf(uses), tenantOf(uses)])
    let made = 0
    const next = () => {
      const n = made++
      const use = uses[(n >> 1) % uses.length]
      const tenant = tenants[n % 2]
      if (use === undefined || tenant === undefined) throw new Error('there is one')
      return tenant.call(use)
    }
    const calls = new SteadyCalls(next, 16)
    let promotions = 0
    while (made < 10_000) {
      for (const { rotation } of tenants) {
        expect((await rotation.stage(await issue())).status).toBe(201)
        expect((await rotation.post(promotion)).status).toBe(200)
        promotions += 1
      }
    }
    const all = await calls.stop()
    expect(tally(all)).toEqual({ 200: all.length })
    expect(promotions).toBeGreaterThan(2)
    // A forwarder sees the last of several promotions that follow each other at once.
    expect(new Set(bank.grants.map(({ fingerprint }) => fingerprint)).size).toBeGreaterThan(2)
  }, 480_000)
})
