import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

let hook: TestTarget
let system: System
/** Accounts that the webhook was told of. */
const told = new Set<string>()
/** Whether the gateway has given up waiting for the silent one. */
let isGivenUp = false

beforeAll(async () => {
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      const { data } = JSON.parse((await request.toArray()).join(''))
      told.add(data.accountId)
      // The silent one is told of its notice, and never answers.
      if (request.url === '/silent') response.once('close', () => (isGivenUp = true))
      else response.writeHead(204).end()
    },
  })
  system = await System.start({ configApiOnly: true, targets: [hook], env: { EXPIRY_CHECK_INTERVAL: '300ms' } })
})

afterAll(async () => {
  await system?.stop()
  await hook?.close()
})

async function withExpiring(tenant: Tenant, path: string): Promise<void> {
  const notAfter = new Date(Date.now() + 20 * 86_400_000)
  await tenant.saveCertificate('soon', await hook.clientCa.issue({ commonName: tenant.id, notAfter }))
  await tenant.api.json('PUT', tenant.path('settings'), { webhook: { url: `${hook.url}${path}` } })
}

describe('a webhook that never answers', () => {
  it("delays neither another account's notice nor the metric of expiring certificates", async () => {
    const [silent, other] = await Promise.all([system.newTenant(), system.newTenant()])
    await withExpiring(silent, '/silent')
    await eventually(
      async () => told.has(silent.id),
      (isTold) => isTold,
    )
    await withExpiring(other, '/answers')
    await eventually(
      async () => told.has(other.id),
      (isTold) => isTold,
    )
    // The one that answers has a place of the pool until its answer has been read.
    const expected = [
      'bulkhead_in_use{pool="webhook-deliveries"} 1',
      ...[silent, other].map(({ id }) => `_seconds{account="${id}"`),
    ]
    await eventually(
      async () => (await fetch(`${system.configApi.managementUrl}/metrics`)).text(),
      (metrics) => expected.every((each) => metrics.includes(each)),
    )
    // All this while the silent one was being waited for.
    expect(isGivenUp).toBe(false)
  })
})
