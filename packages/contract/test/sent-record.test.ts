import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { sentRecord } from '../src/schemas/fields.ts'

const named = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`name ${at}`, value]))

describe('an object whose members have any names', () => {
  it('is taken with as many as it may have', () => {
    expect(sentRecord(z.number(), 3).parse(named(3, 1))).toEqual({ 'name 0': 1, 'name 1': 1, 'name 2': 1 })
  })

  it('is refused by their number before one of them is looked at', () => {
    let looked = 0
    const { error } = sentRecord(
      z.custom(() => ++looked > 0),
      3,
    ).safeParse(named(1_000, 1))
    expect(error?.issues).toMatchObject([{ code: 'too_big', origin: 'object', maximum: 3, path: [] }])
    expect(looked).toBe(0)
  })

  it.each([[[1, 2, 3, 4]], ['text'], [null], [7]])('is not %j', (sent) => {
    expect(sentRecord(z.number(), 3).safeParse(sent).error?.issues).toMatchObject([{ code: 'invalid_type' }])
  })

  it('has names of a sensible length', () => {
    const { error } = sentRecord(z.number(), 3).safeParse({ ['x'.repeat(129)]: 1 })
    expect(error?.issues).toMatchObject([{ message: 'A name has at most 128 characters' }])
    expect(sentRecord(z.number(), 3).safeParse({ a: 'x' }).error?.issues).toMatchObject([{ path: ['a'] }])
  })
})
