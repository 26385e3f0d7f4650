import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { TimeSlices } from '../src/index.ts'

describe('work in slices', () => {
  it('has one slice a turn of the loop, however many work at once', async () => {
    const slices = new TimeSlices()
    const begun: string[] = []
    const works = ['a', 'b', 'c'].map(async (name) => {
      for (let slice = 0; slice < 3; slice++) {
        await slices.next()
        begun.push(name)
      }
    })
    for (let turns = 1; turns <= 9; turns++) {
      await turn()
      expect(begun.length).toBeLessThanOrEqual(turns)
    }
    await Promise.all(works)
    expect(begun.join('')).toBe('abcabcabc')
  })
})
