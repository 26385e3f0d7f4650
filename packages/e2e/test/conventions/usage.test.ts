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

  it('counts a call once for a certificate that is presented and signs, and for one that only signs', async () => {
    const user = await system.newTenant()
    const [both, seal] = await user.saveCertificates(
      ['both', 'seal'],
      await target.clientCa.issue({ commonName: 'client' }),
    )
    for (const [name, signer] of [['own', both] as const, ['sealed', seal] as const]) {
      const messageSignature = { scheme: 'rfc9421', certificationId: signer?.id }
      const entry = { certificationId: both?.id ?? 0, serviceId: 'IDP', url: `${target.url}/${name}`, name }
      await user.map({ ...entry, messageSignature } as Parameters<typeof user.map>[0])
    }
    const caller = await user.newCaller()
    for (const name of ['own', 'sealed']) {
      const call = await caller.json('GET', user.forwardPath, undefined, lp(`${target.url}/${name}`))
      expect(call).toMatchObject({ status: 200 })
    }
    const calls = async () => {
      const { body } = await user.api.json<UsedCertificate[]>('GET', user.path('certificates?sort=name'))
      return body.map(({ name, usage }) => [name, usage.calls])
    }
    const counted = await eventually(calls, (found) => found[1]?.[1] !== 0, recordedWithinMs)
    expect(counted).toEqual([
      ['both', 2],
      ['seal', 1],
    ])
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

describe('what was called last', () => {
  it('comes first in a list by last use, and what was never called comes last', async () => {
    const user = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'client' })
    const [a, b] = await user.saveCertificates(['a', 'b', 'c'], identity)
    for (const [name, certificate] of [['one', a] as const, ['two', b] as const, ['three', a] as const]) {
      await user.map({ name, serviceId: 'IDP', url: `${target.url}/${name}`, certificationId: certificate?.id ?? 0 })
    }
    const caller = await user.newCaller()
    const names = async (list: string) => {
      const { body } = await user.api.json<readonly { readonly name: string }[]>('GET', user.path(list))
      return body.map(({ name }) => name).join()
    }
    for (const name of ['one', 'two']) {
      expect(await caller.json('GET', user.forwardPath, undefined, lp(`${target.url}/${name}`))).toMatchObject({
        status: 200,
      })
    }
    // Who asks for a version is no news of what the mapping presents.
    const asking = { 'LP-present-certificate': `sha256=${identity.fingerprintSha256}` }
    await caller.json('GET', user.forwardPath, undefined, { ...lp(`${target.url}/three`), ...asking })
    const used = async () => {
      const certificates = await user.api.json<UsedCertificate[]>('GET', user.path('certificates?sort=name'))
      const mappings = await user.api.json<readonly { lastCalls?: object }[]>('GET', user.path('mappings'))
      const calls = certificates.body.map(({ usage }) => usage.calls)
      return [...calls, mappings.body.filter(({ lastCalls }) => lastCalls !== undefined).length].join()
    }
    await eventually(used, (found) => found === '2,1,0,2', recordedWithinMs)
    expect(await names('mappings?sort=-lastUsed')).toBe('two,one,three')
    expect(await names('certificates?sort=-lastUsed&limit=2')).toBe('a,b')
    expect(await names('mappings?sort=lastUsed&limit=1')).toBe('three')
    expect(await names('certificates?sort=lastUsed')).toBe('c,b,a')
  })
})
