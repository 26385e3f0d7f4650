import { describe, expect, it } from '@jest/globals'
import { isOutdated } from '../../src/changes/arrival-order.ts'

describe('an account that was read', () => {
  const known = { revision: 7, seenAt: 1_000 }

  it.each([
    ['is outdated with an older revision', 6, 1_059, true],
    ['is that of a restored store a minute later', 6, 1_060, false],
    ['is what is known with the same revision', 7, 1_000, false],
    ['is newer with a later revision', 8, 999, false],
  ])('%s', (_, revision, seenAt, expected) => {
    expect(isOutdated({ revision, seenAt }, known)).toBe(expected)
    expect(isOutdated({ revision, seenAt }, undefined)).toBe(false)
  })
})
