import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { validationError } from '../../src/index.ts'

function errorOf(schema: z.ZodType, value: unknown) {
  return validationError(schema.safeParse(value).error?.issues ?? [])
}

describe('a body that does not fit its schema', () => {
  it('is refused with every fault and its field', () => {
    const error = errorOf(z.object({ a: z.string(), b: z.object({ c: z.number() }) }), { a: 1, b: { c: 'x' } })
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED' })
    expect(error.details.errors).toMatchObject([{ field: 'a' }, { field: 'b.c' }])
  })

  it('is refused with field and limit where it is too large', () => {
    const error = errorOf(z.array(z.string().max(2)).max(3), ['a', 'b', 'c', 'd'])
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { field: 'body', limit: 3 } })
    expect(errorOf(z.array(z.string().max(2)), ['abc'])).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { field: '0', limit: 2 },
    })
  })

  it('is refused with field and limit where it has too many members', () => {
    const schema = z.object({
      names: z.record(z.string(), z.string()).check(({ value, issues }) => {
        issues.push({ code: 'too_big', origin: 'object', maximum: 2, input: value })
      }),
    })
    const error = errorOf(schema, { names: {} })
    expect(error.message).toBe('"names" may have at most 2 members.')
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { field: 'names', limit: 2 } })
  })

  it('quotes no more than the beginning of a long name', () => {
    const error = errorOf(z.record(z.string(), z.string()), { ['x'.repeat(100_000)]: 1 })
    expect(error.details.errors).toMatchObject([{ field: `${'x'.repeat(256)}...` }])
    expect(error.message.length).toBeLessThan(1_000)
  })

  it('is refused with the whole name of an entry that may have that name', () => {
    const name = '\u{1f511}'.repeat(128)
    const { error } = z.object({ url: z.string() }).safeParse({})
    expect(validationError(error?.issues ?? [], 'mappings', name).details.errors).toMatchObject([
      { field: `mappings.${name}.url` },
    ])
  })

  it('cuts a long name between two characters', () => {
    const error = errorOf(z.record(z.string(), z.string()), { [`x${'\u{1f511}'.repeat(128)}`]: 1 })
    expect(error.details.errors).toMatchObject([{ field: `x${'\u{1f511}'.repeat(127)}...` }])
  })

  it('names the entries of a list as people count them, and its fields in JSON from 0', () => {
    const list = z.array(z.object({ url: z.string(), name: z.string().max(2).optional() }))
    const error = errorOf(list, [{ url: 'a' }, { url: 1 }, 5])
    expect(error.message).toMatch(/ "url" of entry 2: .*; entry 3: /)
    expect(error.details.errors).toMatchObject([{ field: '1.url' }, { field: '2' }])
    const tooLong = errorOf(list, [{ url: 'a', name: 'abc' }])
    expect(tooLong.message).toBe('"name" of entry 1 may have at most 2 characters.')
    expect(tooLong.details).toEqual({ field: '0.name', limit: 2 })
  })

  it('is refused with the part of a form that it is', () => {
    const { error } = z.strictObject({ a: z.array(z.string()).max(1) }).safeParse({ b: 1, a: 1 })
    expect(validationError(error?.issues ?? [], 'part').details.errors).toMatchObject([
      { field: 'part.a' },
      { field: 'part' },
    ])
    const tooMany = z.array(z.string()).max(1).safeParse(['a', 'b']).error?.issues ?? []
    expect(validationError(tooMany, 'part').details).toMatchObject({ field: 'part' })
  })

  it('never has its value in the answer', () => {
    const error = errorOf(z.object({ password: z.number() }), { password: 'canary-7f3' })
    expect(JSON.stringify([error.message, error.details])).not.toContain('canary-7f3')
  })

  it('quotes no more than the beginning of many names that are not known', () => {
    const names = Array.from({ length: 10_000 }, (_, n) => [`name${n}`, 1])
    const { error } = z.strictObject({}).safeParse(Object.fromEntries(names))
    const { message, details } = validationError(error?.issues ?? [])
    expect(message).toMatch(/Unrecognized keys: "name0", "name1".*\.\.\.\.$/)
    expect(message.length + JSON.stringify(details).length).toBeLessThan(1_000)
  })
})
