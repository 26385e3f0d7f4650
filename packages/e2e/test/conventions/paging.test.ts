import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

interface Entry {
  readonly id: number
  readonly name: string
}

let system: SharedSystem
let tenant: Tenant
let ids: readonly number[]

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  const identity = await (await createCa()).issue({ commonName: 'client' })
  const names = Array.from({ length: 7 }, (_, index) => `c${index}`)
  ids = (await tenant.saveCertificates(names, identity)).map(({ id }) => id)
})

afterAll(() => system?.stop())

/** A page, and the path of the one behind it as its Link says. */
async function page(path: string): Promise<{ entries: readonly Entry[]; next: string | undefined }> {
  const { body, headers } = await tenant.api.json<readonly Entry[]>('GET', tenant.path(path))
  const link = /^<(\?[^>]*)>; rel="next"$/.exec(String(headers.link))?.[1]
  return { entries: body, next: link === undefined ? undefined : path.replace(/\?.*/, '') + link }
}

async function pages(first: string): Promise<readonly (readonly Entry[])[]> {
  const all: (readonly Entry[])[] = []
  for (let path: string | undefined = first; path !== undefined; ) {
    const { entries, next } = await page(path)
    all.push(entries)
    path = next
  }
  return all
}

describe('a list', () => {
  it('is whole without limit and cursor, in the order in which its entries were made', async () => {
    const { entries, next } = await page('certificates')
    expect(entries.map(({ name }) => name)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
    expect(next).toBeUndefined()
  })

  it('comes in pages that hold every entry once', async () => {
    const all = await pages('certificates?limit=3')
    expect(all.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(new Set(all.flat().map(({ id }) => id))).toEqual(new Set(ids))
  })

  it('keeps the rest of the query from page to page', async () => {
    expect((await pages('certificates?clientAuth=absent&limit=3')).flat()).toEqual([])
    expect((await pages('certificates?clientAuth=present&limit=2')).flat()).toHaveLength(7)
  })

  it('goes on behind an entry that is gone meanwhile', async () => {
    const { entries, next } = await page('certificates?limit=3')
    const last = entries.at(-1)?.id
    expect(await tenant.api.json('DELETE', tenant.path(`certificates/${last}`))).toMatchObject({ status: 200 })
    const rest = await pages(next ?? '')
    const seen = [...entries, ...rest.flat()].map(({ id }) => id)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(seen).toHaveLength(7)
  })

  it.each(['mappings', 'app-keys', 'signing-keys'])('of %s takes them, too', async (list) => {
    expect(await page(`${list}?limit=2`)).toEqual({ entries: [], next: undefined })
  })

  it.each([
    ['limit=0', 'VALIDATION_FAILED'],
    ['limit=many', 'VALIDATION_FAILED'],
    ['limit=1001', 'LIMIT_EXCEEDED'],
    ['cursor=%24', 'VALIDATION_FAILED'],
    ['cursor=A', 'CURSOR_UNKNOWN'],
  ])('refuses %s', async (query, code) => {
    for (const list of ['certificates', 'mappings', 'app-keys', 'signing-keys', 'audit']) {
      expectProblem(await tenant.api.json('GET', tenant.path(`${list}?${query}`)), 400, code)
    }
  })
})
