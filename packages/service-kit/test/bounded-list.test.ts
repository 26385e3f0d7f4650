import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { boundedList } from '../src/index.ts'

describe('a bounded list', () => {
  const { validate, jsonSchema } = boundedList('mappings', 3, z.object({ a: z.number() }))['~standard']

  it('is read where it fits', async () => {
    expect(await validate([{ a: 1, b: 2 }])).toEqual({ value: [{ a: 1 }] })
  })

  it('is refused by its length before an entry is looked at', () => {
    let looked = 0
    const counting = boundedList(
      'mappings',
      3,
      z.custom(() => ++looked > 0),
    )
    expect(() => counting['~standard'].validate(new Array(1_000_000).fill(0))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'mappings', limit: 3 } }),
    )
    expect(looked).toBe(0)
  })

  it.each([[[]], [{}], ['text'], [[{}]]])('is refused as %j', async (value) => {
    expect(await validate(value)).toHaveProperty('issues')
  })

  it('is told by OpenAPI with its entries', () => {
    expect(jsonSchema?.input({ target: 'draft-2020-12' })).toMatchObject({
      type: 'array',
      minItems: 1,
      items: { properties: { a: { type: 'number' } } },
    })
  })
})
