import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

interface UsedCertificate extends Certificate {
  readonly usage: { readonly calls: number; readonly lastUsedAt: string | null }
}

const dayMs = 86_400_000
/** Uses are recorded every 5 s. */
const recordedWithinMs = 30_000

let target: TestTarget
let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

describe('what an account uses', () => {
  it('ranks the certificates that end soon by their traffic', async () => {
    const days = { busy: 20, quiet: 10, unused: 5, late: 40 }
    for (const [name, left] of Object.entries(days)) {
      const notAfter = new Date(Date.now() + left * dayMs)
      const saved = await tenant.saveCertificate(name, await target.clientCa.issue({ commonName: name, notAfter }))
      const url = `${target.url}/${name}`
      await tenant.map({ certificationId: saved.id, serviceId: 'IDP', url, name })
    }
    const caller = await tenant.newCaller()
    for (const name of ['busy', 'quiet', 'busy', 'late', 'busy']) {
      const call = await caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/${name}`))
      expect(call).toMatchObject({ status: 200 })
    }
    const expiring = async (query: string) => {
      const path = tenant.path(`certificates?expiringWithinDays=${query}`)
      return (await tenant.api.json<UsedCertificate[]>('GET', path)).body
    }
    const ranked = await eventually(
      () => expiring('30'),
      ([first]) => first?.usage.calls === 3,
      recordedWithinMs,
    )
    expect(ranked.map(({ name, usage }) => [name, usage.calls])).toEqual([
      ['busy', 3],
      ['quiet', 1],
      ['unused', 0],
    ])
    expect(Date.parse(ranked[0]?.usage.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(ranked[2]?.usage.lastUsedAt).toBeNull()
    expect((await expiring('30&limit=1')).map(({ name }) => name)).toEqual(['busy'])
    expect((await expiring('7')).map(({ name }) => name)).toEqual(['unused'])
  })

  it('says when an app key was used last, at either service', async () => {
    const [forwarding, reading, idle] = [await tenant.newAppKey(), await tenant.newAppKey(), await tenant.newAppKey()]
    const forwarder = await system.toForwarderApi({ oauth1: forwarding })
    await forwarder.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/busy`))
    const reader = await system.toConfigApi({ oauth1: reading })
    await reader.json('GET', tenant.path('mappings'))
    const lastUses = async () => {
      const { body } = await tenant.api.json<{ appKey: string; lastUsedAt: string | null }[]>(
        'GET',
        tenant.path('app-keys'),
      )
      return new Map(body.map(({ appKey, lastUsedAt }) => [appKey, lastUsedAt]))
    }
    const isUsed = (uses: ReadonlyMap<string, string | null>, { appKey }: { appKey: string }) =>
      Boolean(uses.get(appKey))
    const uses = await eventually(
      lastUses,
      (seen) => isUsed(seen, forwarding) && isUsed(seen, reading),
      recordedWithinMs,
    )
    expect(uses.get(idle.appKey)).toBeNull()
  })
})
