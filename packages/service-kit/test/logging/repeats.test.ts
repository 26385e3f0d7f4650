import { expect, it } from '@jest/globals'
import { Repeats } from '../../src/logging/repeats.ts'

it('a line that repeats is due once in its time, with how often it would have been', () => {
  const repeats = new Repeats()
  expect([1, 2, 3].map(() => repeats.due('late', 60_000))).toEqual([1, undefined, undefined])
  expect(repeats.due('other', 60_000)).toBe(1)
  expect(repeats.due('late', 0)).toBe(3)
  expect(repeats.due('late', 0)).toBe(1)
})

it('kinds that somebody invents are forgotten', () => {
  const repeats = new Repeats()
  for (let kind = 0; kind < 100; kind++) repeats.due(String(kind), 60_000)
  expect(repeats.due('0', 60_000)).toBeUndefined()
  repeats.due('one more', 60_000)
  expect(repeats.due('0', 60_000)).toBe(1)
})
