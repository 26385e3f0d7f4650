import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { expectProblem } from './support/expect-problem.ts'
import { notBuiltYet } from './support/resources.ts'
import { System } from './support/system.ts'
import type { Tenant } from './support/tenant.ts'

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
})
