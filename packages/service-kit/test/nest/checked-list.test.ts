import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { checkedList } from '../../src/nest/operation.ts'

const mappings = { of: 'mappings', limit: 3 }

describe('a list', () => {
  const { validate } = checkedList(mappings, z.array(z.object({ a: z.number() })).min(1))['~standard']

  it('is read where it fits', async () => {
    expect(await validate([{ a: 1, b: 2 }])).toEqual({ value: [{ a: 1 }] })
  })

  it('is refused by its length before an entry is looked at', () => {
    let looked = 0
    const counting = checkedList(mappings, z.array(z.custom(() => ++looked > 0)))
    expect(() => counting['~standard'].validate(new Array(1_000_000).fill(0))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'mappings', limit: 3 } }),
    )
    expect(looked).toBe(0)
  })

  it.each([[[]], [{}], ['text'], [[{}]]])('is refused as %j', async (value) => {
    expect(await validate(value)).toHaveProperty('issues')
  })
})
