import { describe, expect, it } from '@jest/globals'
import { RemainingTime, spoken } from '../src/remaining-time.ts'

describe('the remaining time', () => {
  it('is that of the files that are not done, divided among the workers', () => {
    const time = new RemainingTime(60_000, 4)
    expect(time.ms).toBe(15_000)
    time.fileDone(20_000)
    // Many short ones say nothing about long ones.
    for (let files = 0; files < 100; files++) time.fileDone(0)
    expect(time.ms).toBe(10_000)
  })

  it('is over with the last file, whatever was expected', () => {
    const time = new RemainingTime(1_000, 2)
    time.fileDone(5_000)
    expect(time.ms).toBe(0)
  })

  it('is told in minutes and seconds', () => {
    expect([400, 59_400, 60_000, 200_000].map(spoken)).toEqual(['0 s', '59 s', '1 min 0 s', '3 min 20 s'])
  })
})
