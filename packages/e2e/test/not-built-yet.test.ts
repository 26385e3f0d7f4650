import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { expectProblem } from './support/expect-problem.ts'
import { notBuiltYet } from './support/resources.ts'
import { System } from './support/system.ts'
import type { Tenant } from './support/tenant.ts'

describe('what is not built yet', () => {
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    system = await System.start()
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

  it('says so to a certificate in PEM, too', async () => {
    const chain = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    const path = tenant.path('certificates/1/signed-certificate')
    const headers = { 'content-type': 'application/x-pem-file' }
    expectProblem(await tenant.api.raw({ method: 'PUT', path, headers, body: chain }), 501, 'NOT_BUILT_YET')
  })
})
