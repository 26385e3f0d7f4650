import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findInChain } from '@mtls-gateway/domain'
import { createCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

interface Entry {
  readonly revision: number
  readonly action: string
  readonly at: string
  readonly actor: string
  readonly address: string
  readonly subjects: readonly string[]
  readonly fields?: readonly string[]
}

let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
})

afterAll(() => system?.stop())

const sha256 = (text: string) => hash('sha256', text)
const audit = async (query = '') => (await tenant.api.json<readonly Entry[]>('GET', tenant.path(`audit${query}`))).body

describe('the audit trail', () => {
  it('says who changed what, which fields, when, from where and at which revision, newest first', async () => {
    const identity = await (await createCa()).issue({ commonName: 'client' })
    const { certificate, mapping } = await tenant.onboard(identity, 'https://a.example/1')
    const moved = { ...mapping, url: 'https://a.example/2', enable: false }
    await tenant.api.json('PUT', tenant.path('mappings'), [moved])
    const appKey = await tenant.newAppKey()
    await tenant.api.json('DELETE', tenant.path(`mappings/${mapping.id}`))

    const entries = await audit()
    const id = appKey.appKey.split('.')[1]
    expect(entries).toMatchObject([
      { revision: 5, action: 'mappings.delete', subjects: [`${mapping.id} m1`] },
      { revision: 4, action: 'app-keys.create', subjects: [`${id} tests`] },
      { revision: 3, action: 'mappings.update', subjects: [`${mapping.id} m1`], fields: ['url', 'enable'] },
      { revision: 2, action: 'mappings.create', subjects: [`${mapping.id} m1`] },
      { revision: 1, action: 'certificates.create', subjects: [`${certificate.id} c1`] },
    ])
    for (const { at, actor, address } of entries) {
      expect(Date.parse(at)).toBeGreaterThan(Date.now() - 60_000)
      expect(actor).toContain('#')
      expect(address).toBe('127.0.0.1')
    }
  })

  it('tells of no secret', async () => {
    const { appSecret } = await tenant.newAppKey()
    expect(JSON.stringify(await audit())).not.toContain(appSecret)
  })

  it('chains each entry to the one before it, so that whoever has read them can tell that none is missing', async () => {
    const oldestFirst = (await audit()).toReversed()
    const findings = oldestFirst.map((entry, at) => findInChain(tenant.id, oldestFirst[at - 1], entry, sha256))
    expect(findings).toEqual(findings.map(() => 'fits'))
    expect(findings.length).toBeGreaterThan(4)
  })

  it('keeps refused attempts out: they change nothing', async () => {
    const before = await audit()
    await tenant.api.json('DELETE', tenant.path('mappings/1'))
    await tenant.api.json('POST', tenant.path('mappings'), [{}])
    expect(await audit()).toEqual(before)
  })

  it('has what is asked for, in pages with the same filter', async () => {
    const whole = await audit()
    const [newest] = whole
    const created = whole.filter(({ action }) => action === 'app-keys.create')
    expect(created.length).toBeGreaterThan(1)
    expect(await audit('?action=app-keys.create')).toEqual(created)
    expect(await audit('?action=mappings.*&subject=M1')).toHaveLength(3)
    expect(await audit(`?actor=${encodeURIComponent(newest?.actor ?? '')}`)).toEqual(whole)
    expect(await audit('?actor=nobody')).toEqual([])
    expect(await audit(`?until=${newest?.at}`)).toEqual(whole.slice(1))
    expect(await audit(`?since=${newest?.at}`)).toEqual([newest])

    const first = await tenant.api.json<readonly Entry[]>('GET', tenant.path('audit?action=app-keys.create&limit=1'))
    expect(first.body).toEqual(created.slice(0, 1))
    const next = /<(\?.*)>/.exec(String(first.headers.link))?.[1] ?? ''
    expect(await audit(next)).toEqual(created.slice(1, 2))
  })

  it.each(['since=yesterday', 'until=2026-02-01', 'action=a&action=b'])('refuses %s', async (query) => {
    expectProblem(await tenant.api.json('GET', tenant.path(`audit?${query}`)), 400, 'VALIDATION_FAILED')
  })

  it('comes in pages, without end', async () => {
    const whole = await audit()
    const { body, headers } = await tenant.api.json<readonly Entry[]>('GET', tenant.path('audit?limit=2'))
    expect(body).toEqual(whole.slice(0, 2))
    const next = /<(\?.*)>/.exec(String(headers.link))?.[1] ?? ''
    expect(await audit(next)).toEqual(whole.slice(2, 4))
  })
})
