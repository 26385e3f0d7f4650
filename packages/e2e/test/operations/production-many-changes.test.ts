import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

/** More than an account holds itself: the oldest 100 and then 200 go to the audit. */
const changes = 300

describe('a small account', () => {
  let system: System
  let tenant: Tenant
  let mapping: Mapping

  beforeAll(async () => {
    system = await System.start({ configApiOnly: true })
    tenant = await system.newTenant()
    const identity = await (await createCa()).issue({ commonName: 'client' })
    mapping = (await tenant.onboard(identity, 'https://a.example/1')).mapping
  })

  afterAll(() => system?.stop())

  it(`takes ${changes} changes, and its audit trail tells of each`, async () => {
    for (let n = 0; n < changes; n++) {
      const { status } = await tenant.api.json('PUT', tenant.path('mappings'), [{ ...mapping, enable: n % 2 === 1 }])
      expect([n, status]).toEqual([n, 200])
    }
    const revisions: number[] = []
    let query = '?limit=100'
    while (query !== '') {
      const { body, headers } = await tenant.api.json<{ revision: number }[]>('GET', tenant.path(`audit${query}`))
      revisions.push(...body.map(({ revision }) => revision))
      query = /<(\?.*)>/.exec(String(headers.link))?.[1] ?? ''
    }
    // The certificate and the mapping were made by the first two.
    expect(revisions).toEqual(Array.from({ length: changes + 2 }, (_, n) => changes + 2 - n))
  })
})
