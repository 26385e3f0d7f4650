import { expect, it } from '@jest/globals'
import { Repeats } from '../../src/logging/repeats.ts'

it('a line that repeats is due at once, and then once a minute, with how often it would have been', () => {
  let now = 0
  const repeats = new Repeats(() => now)
  const due: unknown[] = []
  for (let second = 0; second < 121; second++) {
    now = second * 1_000
    const times = repeats.due('late')
    if (times !== undefined) due.push({ second, times })
  }
  expect(due).toEqual([
    { second: 0, times: 1 },
    { second: 60, times: 60 },
    { second: 120, times: 60 },
  ])
  expect(repeats.due('other')).toBe(1)
  expect(repeats.due('late', 0)).toBe(1)
})

it('a fault that is over is due at once when it comes back', () => {
  const repeats = new Repeats()
  expect([1, 2, 3].map(() => repeats.due('late'))).toEqual([1, undefined, undefined])
  repeats.end('late')
  expect(repeats.due('late')).toBe(1)
})

it('kinds that somebody invents are forgotten', () => {
  const repeats = new Repeats()
  for (let kind = 0; kind < 100; kind++) repeats.due(String(kind))
  expect(repeats.due('0')).toBeUndefined()
  repeats.due('one more')
  expect(repeats.due('0')).toBe(1)
})
