import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type Production, startProduction } from '../support/production-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

describe('a server that refuses to write', () => {
  let production: Production
  let tenant: Tenant

  beforeAll(async () => {
    production = await startProduction({ configApiOnly: true })
    tenant = await production.system.newTenant()
    await tenant.onboard(await (await createCa()).issue({ commonName: 'client' }), 'https://a.example/1')
  })

  afterAll(() => production?.stop())

  it('is told apart from an outage: nothing has changed, the log has its reason, and later the change is made', async () => {
    const { system, vault } = production
    const change = () => tenant.api.json('POST', tenant.path('app-keys'), { label: 'wanted', scopes: ['forward'] })
    const remove = () => tenant.api.json('DELETE', tenant.path('mappings/1'))
    const mappings = async () => (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
    const before = await mappings()
    // A login has four strings, a write has five.
    await vault.restart('max_request_json_strings = 4')
    await eventually(
      async () => (await tenant.api.json('GET', tenant.path('mappings'))).status,
      (status) => status === 200,
    )

    const [mapping] = before
    const refused = [
      await change(),
      await tenant.api.json('DELETE', tenant.path(`mappings/${mapping?.id}`)),
      await remove(),
    ]
    for (const answer of refused.slice(0, 2)) {
      expectProblem(answer, 500, 'STORE_REFUSED')
      expect(answer.body).not.toHaveProperty('outcome')
    }
    expect(await mappings()).toEqual(before)
    await eventually(
      async () => system.configApi.output,
      (output) => output.includes('exceeded maximum number of strings'),
    )
    expect(system.output).not.toContain(vault.rootToken)

    await vault.restart()
    await eventually(change, ({ status }) => status === 201)
  })
})
