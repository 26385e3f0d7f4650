import { expect, it } from '@jest/globals'
import { relativeTime } from '../../src/web/format/relative-time.ts'

const now = Date.parse('2026-02-01T12:00:00Z')
const day = 86_400_000

it.each([
  [now, 'just now'],
  [now - 59_000, 'just now'],
  [now + 59_000, 'in less than a minute'],
  [now - 3 * 60_000, '3 minutes ago'],
  [now + 1.5 * 3_600_000, 'in 1 hour'],
  [now + 1.5 * day, 'in 1 day'],
  [now + 12 * day, 'in 12 days'],
  [now + 7 * day - 60_000, 'in 7 days'],
  [now + 6.9 * day, 'in 6 days'],
  [now + 45 * day, 'in 45 days'],
  [now - 400 * day, '13 months ago'],
  [now + 800 * day, 'in 2 years'],
])('says %d as %s', (at, words) => {
  expect(relativeTime(at, now)).toBe(words)
})
