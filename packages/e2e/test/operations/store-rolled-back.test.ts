import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ApiClient, type ApiClientOptions, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import type { Env, ServiceName } from '../support/backends.ts'
import { configApiEntry, forwarderApiEntry } from '../support/entries.ts'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { serviceEnv } from '../support/service-env.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const entries = { 'config-api': configApiEntry, 'forwarder-api': forwarderApiEntry }

describe('an app key that was deleted', () => {
  let system: System
  let tenant: Tenant
  let appKey: AppKey

  const env = (service: ServiceName, more: Env = {}) => ({
    ...serviceEnv(service, system.dataDir, system.backends, {}),
    ...more,
  })
  const sql = (...statements: readonly string[]) => {
    const database = new DatabaseSync(join(system.dataDir, 'secrets.db'))
    database.exec(`ATTACH '${join(system.dataDir, 'kept.db')}' AS kept`)
    for (const statement of statements) database.exec(statement)
    database.close()
  }
  const ask = async ({ url }: ServiceProcess, credentials: Omit<ApiClientOptions, 'baseUrl'>, below: string) => {
    const client = new ApiClient({ ...credentials, baseUrl: url })
    try {
      return await client.json('GET', tenant.path(below))
    } finally {
      await client.close()
    }
  }
  const list = (service: ServiceProcess) => ask(service, { oauth1: appKey }, 'certificates')

  beforeAll(async () => {
    system = await System.start()
    tenant = await system.newTenant()
    appKey = await tenant.newAppKey()
    expect((await list(system.configApi)).status).toBe(200)
    sql('CREATE TABLE kept.secrets AS SELECT * FROM main.secrets')
    mustBe(200, await tenant.api.json('DELETE', tenant.path(`app-keys/${appKey.appKey}`)))
    expectProblem(await list(system.configApi), 401, 'OAUTH_CREDENTIALS_INVALID')
    const audit = await ask(system.configApi, { bearer: await system.token() }, 'audit')
    expect(JSON.stringify(audit.body)).toMatch(/delete/i)
    expect(await system.stopConfigApi()).toBe(0)
    expect(await system.stopForwarderApi()).toBe(0)

    sql(
      `DELETE FROM main.secrets WHERE path LIKE '%/${tenant.id}%'`,
      `INSERT INTO main.secrets SELECT * FROM kept.secrets WHERE path LIKE '%/${tenant.id}%'`,
    )
  })

  afterAll(() => system?.stop())

  const refusal = async (service: ServiceName) => {
    const { code, output } = await runToEnd(entries[service], env(service))
    return { code, output, name: /EMBEDDED_STORE_ACCEPT=(\w+)/.exec(output)?.[1] ?? '' }
  }

  it.each(['config-api', 'forwarder-api'] as const)(
    'does not come back by its old rows: %s refuses them',
    async (service) => {
      const { code, output, name } = await refusal(service)
      expect(code).toBe(1)
      expectSentence(output)
      expect(output).toContain('STORE_HEAD_MISMATCH')
      expect(name).not.toBe('')
    },
  )

  it('comes back only if the operator accepts this very state, which the log says', async () => {
    const { name } = await refusal('forwarder-api')
    const other = await runToEnd(configApiEntry, env('config-api', { EMBEDDED_STORE_ACCEPT: `${name}0` }))
    expect(other.code).toBe(1)

    const accepted = await startService({
      entry: configApiEntry,
      env: env('config-api', { EMBEDDED_STORE_ACCEPT: name }),
    })
    expect((await list(accepted)).status).toBe(200)
    expect(await accepted.stop()).toBe(0)
    expect(accepted.output).toMatch(/"level":"warn".*"event":"store-head-accepted".*"mismatch":"rows"/)

    await Promise.all([system.startConfigApi(), system.startForwarderApi()])
    expect((await list(system.configApi)).status).toBe(200)
    expect(system.output).not.toContain('store-head-accepted')
  })
})
