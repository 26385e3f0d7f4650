import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

const certificateCount = 200
const mappingCount = 5_000

let system: SharedSystem
let tenant: Tenant
let certificates: readonly Certificate[]

/** As random as ids: names are not made in their order. */
const shuffled = (at: number, count: number) => (at * 7_919) % count

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  const ca = await createCa()
  const [soon, later] = [
    await ca.issue({ commonName: 'soon', notAfter: new Date(Date.now() + 10 * 86_400_000) }),
    await ca.issue({ commonName: 'later' }),
  ]
  const saved: Certificate[] = []
  for (let first = 0; first < certificateCount; first += 100) {
    const names = Array.from({ length: 100 }, (_, at) => `certificate-${shuffled(first + at, certificateCount)}`)
    saved.push(...(await tenant.saveCertificates(names, first === 0 ? later : soon)))
  }
  certificates = saved
  for (let first = 0; first < mappingCount; first += 1_000) {
    const body = Array.from({ length: 1_000 }, (_, at) => {
      const number = shuffled(first + at, mappingCount)
      const certificationId = saved[(first + at) % certificateCount]?.id
      return { name: `Mapping-${number}`, serviceId: 'IDP', url: `https://bank.example/${number}`, certificationId }
    })
    mustBe(201, await tenant.api.json('POST', tenant.path('mappings'), body))
  }
})

afterAll(() => system?.stop())

interface Listed<Entry> {
  readonly entries: readonly Entry[]
  readonly total: unknown
  readonly next: string | undefined
}

async function listed<Entry>(path: string): Promise<Listed<Entry>> {
  const { status, body, headers } = await tenant.api.json<readonly Entry[]>('GET', tenant.path(path))
  mustBe(200, { status, body })
  const next = /^<(\?[^>]*)>; rel="next"$/.exec(String(headers.link))?.[1]
  return {
    entries: body,
    total: headers['x-total-count'],
    next: next === undefined ? undefined : path.replace(/\?.*/, '') + next,
  }
}

async function allPages<Entry>(first: string): Promise<readonly Entry[]> {
  const all: Entry[] = []
  for (let path: string | undefined = first; path !== undefined; ) {
    const page: Listed<Entry> = await listed(path)
    all.push(...page.entries)
    path = page.next
  }
  return all
}

describe('a list of 5,000 mappings', () => {
  const inOrder = Array.from({ length: mappingCount }, (_, at) => `Mapping-${at}`)

  it('is sorted by name, in pages and whole, both ways', async () => {
    const named = async (query: string) => (await allPages<Mapping>(`mappings?${query}`)).map(({ name }) => name)
    expect(await named('sort=name&limit=1000')).toEqual(inOrder)
    expect(await named('sort=-name&limit=700')).toEqual(inOrder.toReversed())
    expect(await named('sort=name')).toEqual(inOrder)
  })

  it('says on each page how many there are, and how many fit the filters', async () => {
    const first = await listed<Mapping>('mappings?sort=name&limit=50')
    expect(first).toMatchObject({ total: '5000', entries: { length: 50 } })
    expect(await listed(first.next ?? '')).toMatchObject({ total: '5000' })
    expect(await listed('mappings')).toMatchObject({ total: '5000' })
    // Mapping-4999, and its like.
    expect(await listed('mappings?search=mapping-49&limit=5&sort=name')).toMatchObject({ total: '111' })
    const certificateId = certificates[3]?.id
    expect(await listed(`mappings?certificateId=${certificateId}&limit=1`)).toMatchObject({ total: '25' })
  })

  it('is sorted by when the certificates of the mappings expire', async () => {
    const expiring = new Set(certificates.slice(100).map(({ id }) => String(id)))
    const soonFirst = await allPages<Mapping>('mappings?sort=expires&limit=1000')
    const isSoon = soonFirst.map(({ certificationId }) => expiring.has(certificationId))
    expect(isSoon).toEqual([...new Array(2_500).fill(true), ...new Array(2_500).fill(false)])
    const last = await listed<Mapping>('mappings?sort=-expires&limit=1')
    expect(expiring.has(last.entries[0]?.certificationId ?? '')).toBe(false)
  })

  it('has those whose ids are asked for', async () => {
    const { entries } = await listed<Mapping>('mappings?sort=-name&limit=3')
    const ids = entries.map(({ id }) => id)
    expect(await listed(`mappings?sort=-name&ids=${ids}`)).toEqual({ entries, total: '3', next: undefined })
  })
})

describe('a list of certificates', () => {
  it('is sorted by name and expiry, and counted', async () => {
    const byName = await allPages<Certificate>('certificates?sort=name&limit=70')
    expect(byName.map(({ name }) => name)).toEqual(
      Array.from({ length: certificateCount }, (_, at) => `certificate-${at}`),
    )
    const { entries, total } = await listed<Certificate>('certificates?sort=expires&limit=100')
    expect(total).toBe('200')
    expect(new Set(entries.map(({ id }) => id))).toEqual(new Set(certificates.slice(100).map(({ id }) => id)))
  })

  it('has pages of those that expire soon, where it is sorted', async () => {
    const path = 'certificates?expiringWithinDays=30&limit=30&sort=name'
    expect(await listed(path)).toMatchObject({ total: '100', next: expect.any(String) })
    const ids = (await allPages<Certificate>(path)).map(({ id }) => id)
    expect(new Set(ids)).toEqual(new Set(certificates.slice(100).map(({ id }) => id)))
    expect(ids).toHaveLength(100)
  })

  it('has those whose ids are asked for', async () => {
    const [one, two] = certificates
    const found = await listed<Certificate>(`certificates?ids=${two?.id},${one?.id},1`)
    expect(found.entries.map(({ id }) => id)).toEqual([one?.id, two?.id])
  })
})

describe('a sorted list', () => {
  it.each(['sort=size', 'sort=', 'sort=name,expires', 'ids=', 'ids=a', 'ids=1,,2', `ids=${'1,'.repeat(100)}1`])(
    'refuses %s',
    async (query) => {
      for (const list of ['certificates', 'mappings']) {
        expectProblem(await tenant.api.json('GET', tenant.path(`${list}?${query}`)), 400, 'VALIDATION_FAILED')
      }
    },
  )

  it('refuses a cursor of another order', async () => {
    for (const list of ['certificates', 'mappings']) {
      const { next = '' } = await listed(`${list}?sort=name&limit=1`)
      expectProblem(await tenant.api.json('GET', tenant.path(next.replace('=name', '=expires'))), 400, 'CURSOR_UNKNOWN')
      expectProblem(await tenant.api.json('GET', tenant.path(next.replace('sort=name&', ''))), 400, 'CURSOR_UNKNOWN')
    }
  })
})
