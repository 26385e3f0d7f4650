import { describe, expect, it } from '@jest/globals'
import { weighJson } from '../../src/body/json-body.ts'

const weigh = (text: string) => weighJson(Buffer.from(text))
const named = (count: number, of = 0) => Array.from({ length: count }, (_, at) => `"n${of}-${at}":1`).join()

describe('the weight of a JSON body', () => {
  it('is its length, more for each value, and much more for each list and object', () => {
    expect(weigh('"text"')).toBe(6)
    expect(weigh('1,2')).toBe(3 + 40)
    expect(weigh('[1,{"a":2}]')).toBe(11 + 40 + 2 * 650)
  })

  it.each(['"[{,"', '"\\"[{,"', '"\\\\\\",["', '"[', '"\\'])('sees no structure in a string: %j', (text) => {
    expect(weigh(text)).toBe(text.length)
  })

  it.each(['x', '\\\\', '\\"[', 'ä'])('finds the end of long strings: %j', (piece) => {
    const text = `["${piece.repeat(1_000)}",2]`
    expect(weigh(text)).toBe(Buffer.byteLength(text) + 40 + 650)
    expect(weigh(`"${piece.repeat(1_000)}`)).toBe(Buffer.byteLength(text) - '[",2]'.length)
  })

  it('goes on behind a string that ends with a backslash', () => {
    expect(weigh('"\\\\",2')).toBe(6 + 40)
  })

  it('looks at a name once, however many colons come behind it', () => {
    const text = `{"${'x'.repeat(8_000_000)}"${':'.repeat(9_000)}`
    expect(weigh(text)).toBe(text.length + 650)
  })

  it('is taken of the largest requests there are', () => {
    const unknown = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`unknown${n}`, n]))
    const mapping = { ...unknown, serviceId: 'IDP', targetTrust: { spkiPins: Array.from({ length: 10 }, () => 'pin') } }
    expect(weigh(JSON.stringify(Array.from({ length: 1_000 }, () => mapping)))).toBeGreaterThan(0)
    // Files as lists of bytes, as many as fit into a body.
    const file = { p12: Array.from({ length: 65_536 }, (_, n) => n % 256) }
    const text = JSON.stringify(Array.from({ length: 35 }, () => file))
    expect(text.length).toBeGreaterThan(7 * 1_048_576)
    expect(weigh(text)).toBeGreaterThan(0)
  })

  it.each(['[', '{"a":'])('is too much where lists and objects nest deep: %s', (piece) => {
    const limit = 100
    expect(weigh(`[${'[{}],'.repeat(limit)}1]`)).toBeGreaterThan(0)
    expect(weigh(piece.repeat(limit))).toBeGreaterThan(0)
    expect(() => weigh(piece.repeat(limit + 1))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'body', limit } }),
    )
  })

  it('has lower limits where bodies have no files', () => {
    const limits = { maxValues: 100, maxMembers: 10 }
    const weighed = (text: string) => weighJson(Buffer.from(text), 'body', limits)
    expect(weighed(`[${'1,'.repeat(100)}1]`)).toBeGreaterThan(0)
    expect(() => weighed(`[${'1,'.repeat(101)}1]`)).toThrow('"body" may have at most 100 values.')
    expect(() => weighed(`[${'"a":1,'.repeat(11)}1]`)).toThrow('"body" may have at most 10 members of objects.')
  })

  it.each([
    ['lists', '[],'.repeat(20_000), 20_000, 'lists and objects'],
    ['objects', '{},'.repeat(20_000), 20_000, 'lists and objects'],
    ['values', '1,'.repeat(2_500_001), 2_500_000, 'values'],
    ['members', `{${'"a":1,'.repeat(10_000)}},`.repeat(11), 100_000, 'members of objects'],
    [
      'different names',
      `${Array.from({ length: 21 }, (_, of) => `{${named(1_000, of)}}`)},`,
      20_000,
      'different names of members',
    ],
    ['members at once inside', `{"a":{"b":{${named(1_001)}}}},`, 1_000, 'members of one object'],
    ['members at once', `{${'"a":{},'.repeat(10_001)}},`, 10_000, 'members of one object'],
  ])('is too much of too many %s', (_, pieces, limit, unit) => {
    expect(() => weigh(`[${pieces}1]`)).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        message: `"body" may have at most ${limit} ${unit}.`,
        details: { field: 'body', limit },
      }),
    )
  })
})
