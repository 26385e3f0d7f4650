import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, type SecretStore } from '@mtls-gateway/secret-store'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { serviceEnv } from '../support/service-env.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const entries = { 'config-api': configApiEntry, 'forwarder-api': forwarderApiEntry } as const

let target: TestTarget
let system: System

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

async function onboard(): Promise<{ readonly tenant: Tenant; readonly caller: ApiClient }> {
  const tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'client' }), target.url)
  return { tenant, caller: await tenant.newCaller() }
}

const call = (caller: ApiClient, { forwardPath }: Tenant) => caller.json('GET', forwardPath, undefined, lp(target.url))

async function withStore<T>(work: (store: SecretStore) => Promise<T>): Promise<T> {
  const store = system.openStore()
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

describe('an account that a later release has written', () => {
  const newer = { format: 3, readBy: '0.9.0', whatever: 'there is' }

  it('is refused by both services with the release that reads it, and stays as it is', async () => {
    const { tenant, caller } = await onboard()
    const other = await onboard()
    const path = accountPath(parseAccountId(tenant.id))
    const version = await withStore(async (store) => store.put(path, newer, (await store.get(path))?.version ?? 0))

    for (const response of [
      await tenant.api.json('GET', tenant.path('mappings')),
      await tenant.api.json('PUT', tenant.path('settings'), { unmappedCalls: 'refuse' }),
      await call(caller, tenant),
    ]) {
      const { detail } = expectProblem(response, 503, 'STORE_NEWER')
      expect(detail).toContain('has format 3, and this release reads formats up to 2. Nothing was changed.')
      expect(detail).toContain('Release 0.9.0 or later reads it')
    }
    expect(await withStore((store) => store.get(path))).toEqual({ value: newer, version })
    for (const service of ['config-api', 'forwarder-api']) {
      const line = new RegExp(`"level":"error".*"service":"${service}".*"event":"store-newer"`)
      await eventually(
        async () => system.output,
        (output) => line.test(output),
      )
    }
    expect(system.output).not.toContain('STORE_DAMAGED')
    await eventually(
      () => call(other.caller, other.tenant),
      ({ status }) => status === 200,
    )
  })

  it('is still served by a forwarder that has read it before', async () => {
    const { tenant, caller } = await onboard()
    await eventually(
      () => call(caller, tenant),
      ({ status }) => status === 200,
    )
    const path = accountPath(parseAccountId(tenant.id))
    await withStore(async (store) => store.put(path, newer, (await store.get(path))?.version ?? 0))
    expectProblem(await tenant.api.json('GET', tenant.path('mappings')), 503, 'STORE_NEWER')
    expect(await call(caller, tenant)).toMatchObject({ status: 200 })
  })
})

describe('a file that a later release has changed', () => {
  const format = (name: string, value: number) => {
    const database = new DatabaseSync(join(system.dataDir, name))
    database.exec(`PRAGMA user_version = ${value}`)
    database.close()
  }

  it('is named by the readiness of services that have it open', async () => {
    const ready = (client: ApiClient) => client.json('GET', '/health/ready')
    const clients = [system.toConfigApi(), system.toForwarderApi()]
    format('secrets.db', 2)
    for (const client of clients) {
      await eventually(
        async () => JSON.stringify((await ready(client)).body),
        (report) => report.includes('"secret-store":"newer"'),
      )
    }
    format('secrets.db', 1)
    for (const client of clients) {
      await eventually(
        async () => JSON.stringify((await ready(client)).body),
        (report) => report.includes('"secret-store":"ok"'),
      )
    }
  })

  it.each(['secrets.db', 'runtime.db'])('keeps both services from starting: %s', async (name) => {
    expect(await system.stopConfigApi()).toBe(0)
    expect(await system.stopForwarderApi()).toBe(0)
    format(name, 2)
    for (const service of ['config-api', 'forwarder-api'] as const) {
      const env = serviceEnv(service, system.dataDir, system.backends, {})
      const { code, output } = await runToEnd(entries[service], env)
      expect(code).toBe(1)
      expectSentence(output)
      expect(output).toContain(`STORE_NEWER: ${name} has format 2`)
    }
    format(name, 1)
    await Promise.all([system.startConfigApi(), system.startForwarderApi()])
  })
})
