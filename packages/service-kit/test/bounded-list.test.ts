import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { boundedList } from '../src/index.ts'

describe('a bounded list', () => {
  const schema = boundedList('mappings', 3, z.object({ a: z.number() }))

  it('is read where it fits', () => {
    expect(schema.parse([{ a: 1, b: 2 }])).toEqual([{ a: 1 }])
  })

  it('is refused by its length before an entry is looked at', () => {
    let looked = 0
    const counting = boundedList(
      'mappings',
      3,
      z.custom(() => ++looked > 0),
    )
    expect(() => counting.safeParse(new Array(1_000_000).fill(0))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'mappings', limit: 3 } }),
    )
    expect(looked).toBe(0)
  })

  it.each([[[]], [{}], ['text'], [[{}]]])('is refused as %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })
})
