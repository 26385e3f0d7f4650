import { describe, expect, it } from '@jest/globals'
import type { Sort } from '@mtls-gateway/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { orderBy } from '../../src/http/list-order.ts'
import { answerUntagged, type Page, pageOf } from '../../src/http/page.ts'

interface Item {
  readonly id: number
}

/** In no order, as ids are random. */
function itemsUpTo(count: number): readonly Item[] {
  // 7,919 is prime, so that each number comes once.
  return Array.from({ length: count }, (_, at) => ({ id: ((at * 7_919) % count) + 1 }))
}

const idOf = ({ id }: Item) => id
const idsOf = ({ items }: Page<Item>) => items.map(idOf)
const isEven = ({ id }: Item) => id % 2 === 0

describe('a page of a list', () => {
  it('follows the ids, whatever the order of the list', async () => {
    const items = itemsUpTo(10_000)
    for (const limit of [1, 50, 1_000]) {
      const first = await pageOf(items, { limit }, { idOf })
      expect(idsOf(first)).toEqual(Array.from({ length: limit }, (_, at) => at + 1))
      const second = await pageOf(items, { limit, cursor: first.next }, { idOf })
      expect(idsOf(second)[0]).toBe(limit + 1)
    }
  })

  it('has only what is asked for, and so have those behind it', async () => {
    const items = itemsUpTo(9)
    const first = await pageOf(items, { limit: 3 }, { idOf, isAskedFor: isEven })
    expect(idsOf(first)).toEqual([2, 4, 6])
    const second = await pageOf(items, { limit: 3, cursor: first.next }, { idOf, isAskedFor: isEven })
    expect(second).toEqual({ items: [{ id: 8 }], next: undefined, total: 4 })
    expect(idsOf(await pageOf(items, {}, { idOf, isAskedFor: isEven })).toSorted()).toEqual([2, 4, 6, 8])
  })

  it('begins where a cursor says, also with another filter than that of the page that gave it', async () => {
    const items = itemsUpTo(9)
    const { next } = await pageOf(items, { limit: 3 }, { idOf, isAskedFor: isEven })
    expect(idsOf(await pageOf(items, { limit: 3, cursor: next }, { idOf }))).toEqual([7, 8, 9])
  })

  it('links to the next one with all of the query, whatever it contains', () => {
    const request = { originalUrl: '/v1/list?search=what?&sort=-name&cursor=x' } as FastifyRequest
    const sent = new Map<string, unknown>()
    const reply = { header: (name: string, value: unknown) => sent.set(name, value) } as unknown as FastifyReply
    answerUntagged(request, reply, { items: [], next: 'y' })
    expect(sent.get('link')).toBe('<?search=what%3F&sort=-name&cursor=y>; rel="next"')
  })

  it.each([
    { what: 'a page', query: { limit: 10 } },
    { what: 'the whole list', query: {} },
  ])('is looked for in turns with others: $what', async ({ query }) => {
    let lookedAt = 0
    /** How many were looked at when each turn of the event loop ended. */
    const turns: number[] = []
    let isTurnSeen = false
    const slowly = () => {
      // Fifty of them take as long as all long lists together may take of a turn.
      for (const until = performance.now() + 0.005; performance.now() < until; );
      lookedAt += 1
      if (!isTurnSeen) {
        setImmediate(() => {
          turns.push(lookedAt)
          isTurnSeen = false
        })
      }
      isTurnSeen = true
      return false
    }
    await pageOf(itemsUpTo(10_000), query, { idOf, isAskedFor: slowly })
    expect(lookedAt).toBe(10_000)
    const inOneTurn = turns.map((sofar, at) => sofar - (turns[at - 1] ?? 0))
    expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(100)
  })
})

interface Named extends Item {
  readonly name: string
  readonly expiresAt: number
}

const values = {
  nameOf: ({ name }: Named) => name,
  expiresAt: ({ expiresAt }: Named) => expiresAt,
  lastUsedAt: () => 0,
}
const named = (names: readonly string[]) => names.map((name, at): Named => ({ id: at + 1, name, expiresAt: 0 }))

/** All of a list, page by page; `between` is done to it after each page. */
async function pagesOf(
  items: readonly Named[],
  { sort, limit }: { readonly sort: Sort; readonly limit: number },
  between: (items: readonly Named[]) => readonly Named[] = (same) => same,
): Promise<readonly Named[]> {
  const seen: Named[] = []
  let present = items
  for (let cursor: string | undefined; ; ) {
    const page = await pageOf(present, { limit, cursor }, { idOf, order: orderBy(sort, values) })
    seen.push(...page.items)
    cursor = page.next
    if (cursor === undefined) return seen
    present = between(present)
  }
}

describe('a sorted list', () => {
  const names = ['c10', 'C2', 'b', 'Äpfel', 'c1', 'apfel', 'c002', 'azur', 'z']
  const inOrder = ['Äpfel', 'apfel', 'azur', 'b', 'c1', 'C2', 'c002', 'c10', 'z']

  it('has names as people sort them: upper and lower case alike, and numbers by their value', async () => {
    const { items } = await pageOf(named(names), {}, { idOf, order: orderBy('name', values) })
    expect(items.map(({ name }) => name)).toEqual(inOrder)
    for (const limit of [1, 2, 3, 9]) {
      expect((await pagesOf(named(names), { sort: 'name', limit })).map(({ name }) => name)).toEqual(inOrder)
      const backwards = await pagesOf(named(names), { sort: '-name', limit })
      expect(backwards.map(({ name }) => name)).toEqual(inOrder.toReversed())
    }
  })

  it('has entries that never expire behind those that do, and the same ones by their ids', async () => {
    const times = [Number.POSITIVE_INFINITY, 1_800_000_000_000, 9, 1_800_000_000_000, -1]
    const items = times.map((expiresAt, at): Named => ({ id: at + 1, name: 'same', expiresAt }))
    for (const limit of [1, 2, 5]) {
      expect((await pagesOf(items, { sort: 'expires', limit })).map(idOf)).toEqual([5, 3, 2, 4, 1])
      expect((await pagesOf(items, { sort: '-expires', limit })).map(idOf)).toEqual([1, 4, 2, 3, 5])
    }
  })

  it('of any length is in order, whole and in pages', async () => {
    for (const count of [0, 1, 249, 250, 251, 5_000]) {
      const items = itemsUpTo(count).map(({ id }): Named => ({ id, name: `m${id}`, expiresAt: 0 }))
      const expected = Array.from({ length: count }, (_, at) => at + 1)
      const whole = await pageOf(items, {}, { idOf, order: orderBy('name', values) })
      expect(idsOf(whole)).toEqual(expected)
      expect((await pagesOf(items, { sort: 'name', limit: 1_000 })).map(idOf)).toEqual(expected)
    }
  })

  it('has each entry on one page that is there all the while, whatever is added and deleted meanwhile', async () => {
    const stays = named(['a', 'c', 'e', 'g', 'i', 'k'])
    let made = 100
    const changing = (items: readonly Named[]) => {
      const [, ...others] = items.filter(({ id }) => id > 100)
      const added = ['b', 'f', 'j', 'a', 'z'].map((name): Named => ({ id: ++made, name, expiresAt: 0 }))
      return [...added, ...others, ...stays]
    }
    for (const sort of ['name', '-name'] as const) {
      const seen = await pagesOf(changing(stays), { sort, limit: 4 }, changing)
      expect(seen.filter(({ id }) => id <= 100).map(idOf)).toEqual(
        (sort === 'name' ? stays : stays.toReversed()).map(idOf),
      )
    }
  })

  it('goes on behind an entry that is deleted meanwhile', async () => {
    const items = named(['a', 'b', 'c', 'd'])
    const seen = await pagesOf(items, { sort: 'name', limit: 2 }, (present) => present.filter(({ id }) => id !== 2))
    expect(seen.map(idOf)).toEqual([1, 2, 3, 4])
  })

  it('counts what is asked for on all pages together', async () => {
    const first = await pageOf(itemsUpTo(9), { limit: 2 }, { idOf, isAskedFor: isEven })
    const last = await pageOf(itemsUpTo(9), { limit: 2, cursor: first.next }, { idOf, isAskedFor: isEven })
    expect([first.total, last.total]).toEqual([4, 4])
    expect(await pageOf(itemsUpTo(9), {}, { idOf, isAskedFor: isEven })).toMatchObject({ total: 4 })
  })

  it('takes no cursor of a list in another order, and says what to do', async () => {
    const items = named(['a', 'b', 'c'])
    const ordered = { idOf, order: orderBy('name', values) }
    const byName = await pageOf(items, { limit: 1 }, ordered)
    const byId = await pageOf(items, { limit: 1 }, { idOf })
    const problem = { code: 'CURSOR_UNKNOWN', message: expect.stringContaining('Repeat that "sort"') }
    const backwards = { idOf, order: orderBy('-name', values) }
    await expect(pageOf(items, { cursor: byName.next }, backwards)).rejects.toMatchObject(problem)
    await expect(pageOf(items, { cursor: byName.next }, { idOf })).rejects.toMatchObject(problem)
    await expect(pageOf(items, { cursor: byId.next }, ordered)).rejects.toMatchObject(problem)
  })
})
