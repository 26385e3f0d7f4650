import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { recordFolder, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'

describe('a certificate whose key is gone from the store', () => {
  let target: TestTarget
  let system: SharedSystem

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget({ requireClientCertificate: false })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  it('is UnAvailable, does not exist for a check, and a forward answers 424, never plain TLS', async () => {
    const tenant = await system.newTenant()
    const url = `${target.url}/`
    const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'lost' }), url)
    await purgeKeys(system.openStore(), tenant.id)

    const stored = await tenant.api.json('GET', tenant.path(`certificates/${certificate.id}`))
    expect(stored).toMatchObject({ status: 200, body: { status: 'UnAvailable' } })
    const list = await tenant.api.json('GET', tenant.path('certificates'))
    expect(list).toMatchObject({ status: 200, body: [{ status: 'UnAvailable' }] })
    const caller = await tenant.newCaller()
    expectProblem(await caller.json('GET', tenant.forwardPath, undefined, lp(url)), 424, 'CLIENT_KEY_MISSING')
    expect(target.seen).toEqual([])
    const entry = { serviceName: 'IDP', accountId: tenant.id, url }
    const check = await caller.json('POST', '/mtls/mapping?v=2', [entry])
    expect(check).toMatchObject({ status: 200, body: [{ doExist: false }] })
  })
})

/** As if someone had lost them: by the store's own interface, beside the running services. */
async function purgeKeys(store: SecretStore, id: string): Promise<void> {
  const account = parseAccountId(id)
  const names = await store.list(recordFolder('keys', account))
  expect(names).toHaveLength(1)
  for (const name of names) await store.purge(recordPath('keys', account, parseRecordId(name)))
  await store.close()
}
