import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { usual } from '../support/production-backends.ts'
import { longest, made, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

const staleLimitMs = 8_000

describe('an outage of the store that lasts longer than STALE_LIMIT', () => {
  let target: TestTarget
  let proxy: FaultyProxy
  let system: System
  let tenant: Tenant
  let limited: ApiClient
  let strict: ApiClient

  beforeAll(async () => {
    target = await startTestTarget()
    proxy = await startFaultyProxy(vaultOfTheRun().address)
    system = await System.start({
      targets: [target],
      env: { VAULT_ADDR: proxy.address },
      forwarderApiEnv: { ...usual, ACCOUNT_TTL: '1s', STALE_LIMIT: `${staleLimitMs}ms` },
      moreForwarders: [{ ...usual, STALE_LIMIT: '0s' }],
    })
    tenant = await system.newTenant()
    await tenant.onboard(await target.clientCa.issue({ commonName: 'mapped' }), `${target.url}/`)
    const oauth1 = await tenant.newAppKey()
    limited = system.toForwarderApi({ oauth1 })
    strict = system.toForwarderApi({ oauth1 }, system.moreForwarders[0])
  })

  afterAll(async () => {
    await system?.stop()
    await proxy?.close()
    await target?.close()
  })

  const forward = (client: ApiClient) => () => client.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))

  const gauge = async (name: string): Promise<number> => {
    const text = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
  }

  it('ends calls with cached mappings by 503 when it is over, at once where it is 0; both come back by themselves', async () => {
    const call = [forward(limited), forward(strict)] as const
    const began = performance.now()
    expect(await Promise.all(call.map((make) => make()))).toMatchObject([{ status: 200 }, { status: 200 }])
    proxy.breakBy('html')

    const whileCopyIsFresh = await made(call[0])
    const strictly = await eventually(call[1], ({ status }) => status !== 200)
    expectProblem(strictly, 503, 'STORE_UNAVAILABLE')
    const calls = [whileCopyIsFresh]
    let oldest = 0
    while (calls.at(-1)?.status === 200) {
      calls.push(await made(call[0]))
      oldest = Math.max(oldest, await gauge('account_copies_stale_oldest_seconds'))
    }
    expect(await gauge('account_copies_stale_limit_seconds')).toBe(staleLimitMs / 1_000)
    expect(oldest).toBeGreaterThan(staleLimitMs / 2_000)
    expect(oldest).toBeLessThanOrEqual(staleLimitMs / 1_000)
    const lastedMs = performance.now() - began
    expect(Object.keys(tally(calls))).toEqual(['200', '503 STORE_UNAVAILABLE'])
    expect(longest(calls)).toBeLessThan(6_000)
    // The copy was read up to an ACCOUNT_TTL before that.
    expect(lastedMs).toBeGreaterThan(staleLimitMs - 1_500)

    proxy.mend()
    for (const make of call) await eventually(make, ({ status }) => status === 200)
    expect(await gauge('account_copies_stale')).toBe(0)
  })
})
