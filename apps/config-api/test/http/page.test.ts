import { describe, expect, it } from '@jest/globals'
import { type Page, pageOf } from '../../src/http/page.ts'

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
      const first = await pageOf(items, { limit }, idOf)
      expect(idsOf(first)).toEqual(Array.from({ length: limit }, (_, at) => at + 1))
      const second = await pageOf(items, { limit, cursor: first.next }, idOf)
      expect(idsOf(second)[0]).toBe(limit + 1)
    }
  })

  it('has only what is asked for, and so have those behind it', async () => {
    const items = itemsUpTo(9)
    const first = await pageOf(items, { limit: 3 }, idOf, isEven)
    expect(idsOf(first)).toEqual([2, 4, 6])
    const second = await pageOf(items, { limit: 3, cursor: first.next }, idOf, isEven)
    expect(second).toEqual({ items: [{ id: 8 }], next: undefined })
    expect(idsOf(await pageOf(items, {}, idOf, isEven)).toSorted()).toEqual([2, 4, 6, 8])
  })

  it('begins where a cursor says, also with another filter than that of the page that gave it', async () => {
    const items = itemsUpTo(9)
    const { next } = await pageOf(items, { limit: 3 }, idOf, isEven)
    expect(idsOf(await pageOf(items, { limit: 3, cursor: next }, idOf))).toEqual([7, 8, 9])
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
    await pageOf(itemsUpTo(10_000), query, idOf, slowly)
    expect(lookedAt).toBe(10_000)
    const inOneTurn = turns.map((sofar, at) => sofar - (turns[at - 1] ?? 0))
    expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(100)
  })
})
