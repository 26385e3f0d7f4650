import { describe, expect, it } from '@jest/globals'
import { NewestTimestamps } from '../../src/redis/nonce-store.ts'

describe('the newest timestamps ahead of the clock', () => {
  it('are kept for each app key', () => {
    const newest = new NewestTimestamps()
    for (const [appKey, timestamp] of [
      ['a', 5],
      ['b', 7],
      ['a', 9],
      ['a', 6],
    ] as const)
      newest.raise(appKey, timestamp, 1)
    expect(newest.entries()).toEqual([
      ['a', 9],
      ['b', 7],
    ])
  })

  it('are forgotten when no clock in the window can still be behind them', () => {
    const newest = new NewestTimestamps()
    newest.raise('a', 1_000, 900)
    newest.forgetPast(1_300)
    expect(newest.size).toBe(1)
    newest.forgetPast(1_301)
    expect(newest.size).toBe(0)
  })

  it('are shared by all app keys for which there is no room, so that memory is bounded and none is forgotten', () => {
    const newest = new NewestTimestamps()
    for (let index = 0; index < 10_100; index++) newest.raise(`key-${index}`, 2_000 + index, 1_900)
    expect(newest.size).toBe(10_001)
    expect(new Map(newest.entries()).get('*')).toBe(12_099)
    // There is room again once the others have passed.
    newest.raise('late', 20_000, 19_900)
    expect(newest.entries()).toEqual([['late', 20_000]])
  })
})
