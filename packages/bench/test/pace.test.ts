import { describe, expect, it } from '@jest/globals'
import { inParallel, Pace } from '../src/scale/pace.ts'

describe('the pace', () => {
  it('never lets more begin than it says, however many wait', async () => {
    const pace = new Pace(200, new AbortController().signal)
    const began = performance.now()

    await Promise.all(Array.from({ length: 41 }, () => pace.turn()))

    // The first begins at once; timers may be a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(195)
  })

  it('lets nothing begin once it is given up', async () => {
    const given = new AbortController()
    const pace = new Pace(0.001, given.signal)
    await pace.turn()
    const waiting = pace.turn()
    given.abort()

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    await expect(pace.turn()).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('work in parallel', () => {
  it('rejects with the first error and begins nothing after it', async () => {
    const begun: number[] = []
    const work = async (n: number) => {
      begun.push(n)
      if (n === 2) throw new Error('two')
    }

    await expect(inParallel([1, 2, 3, 4, 5], 1, work)).rejects.toThrow('two')
    expect(begun).toEqual([1, 2])
  })
})
