import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ApiClient, type ServiceProcess, startService, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { serviceEnv } from '../support/service-env.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

const entries = { 'config-api': configApiEntry, 'forwarder-api': forwarderApiEntry }

describe('a rollout while the store is away', () => {
  let target: TestTarget
  let proxy: FaultyProxy
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    target = await startTestTarget()
    proxy = await startFaultyProxy(vaultOfTheRun().address)
    system = await System.start({ targets: [target], env: { VAULT_ADDR: proxy.address } })
    tenant = await system.newTenant()
    await tenant.onboard(await target.clientCa.issue({ commonName: 'mapped' }), `${target.url}/`)
  })

  afterAll(async () => {
    await system?.stop()
    await proxy?.close()
    await target?.close()
  })

  const ready = async ({ url }: ServiceProcess) => {
    const client = new ApiClient({ baseUrl: url })
    try {
      return await client.json<{ status: string }>('GET', '/health/ready')
    } finally {
      await client.close()
    }
  }

  it.each(['forwarder-api', 'config-api'] as const)(
    'keeps the %s that has read the store: a new one is unready until it has, too',
    async (service) => {
      const caller = await tenant.newCaller()
      const call = () => caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))
      expect((await call()).status).toBe(200)
      const warm = service === 'config-api' ? system.configApi : system.forwarderApi
      const env = serviceEnv(service, system.dataDir, system.backends, { env: { VAULT_ADDR: proxy.address } })
      proxy.breakBy('html')
      const cold = await startService({ entry: entries[service], env })
      try {
        expect(await ready(cold)).toMatchObject({
          status: 503,
          body: { status: 'starting', checks: { 'secret-store': expect.stringMatching(/failing|timeout/) } },
        })
        const degraded = await eventually(
          () => ready(warm),
          ({ body }) => body.status !== 'ok',
        )
        expect(degraded).toMatchObject({ status: 200, body: { status: 'degraded' } })
        expect((await call()).status).toBe(200)

        proxy.mend()
        expect(
          await eventually(
            () => ready(cold),
            ({ status }) => status === 200,
          ),
        ).toMatchObject({
          body: { status: 'ok' },
        })
        proxy.breakBy('html')
        const later = await eventually(
          () => ready(cold),
          ({ body }) => body.status !== 'ok',
        )
        expect(later).toMatchObject({ status: 200, body: { status: 'degraded' } })
      } finally {
        proxy.mend()
        await cold.stop()
      }
    },
  )
})
