import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { expectProblem } from './support/expect-problem.ts'
import { notBuiltYet } from './support/resources.ts'
import { System } from './support/system.ts'
import type { Tenant } from './support/tenant.ts'
import { expectEmpty } from './support/untouched.ts'

describe('what is not built yet', () => {
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    system = await System.start({ configApiOnly: true })
    tenant = await system.newTenant()
  })

  afterAll(() => system?.stop())

  it.each(notBuiltYet.map((resource) => ({ ...resource, shown: resource.path('{accountId}') })))(
    'says so: $method $shown',
    async ({ method, path }) => {
      const body = method === 'GET' ? undefined : {}
      expectProblem(await tenant.api.json(method, path(tenant.id), body), 501, 'NOT_BUILT_YET')
    },
  )

  it('says so to a change with an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'k-1' }
    const change = await tenant.api.json('POST', tenant.path('app-keys'), { label: 'x' }, headers)
    expectProblem(change, 501, 'NOT_BUILT_YET')
    await expectEmpty(tenant)
  })
})
