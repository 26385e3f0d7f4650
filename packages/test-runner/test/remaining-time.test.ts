import { describe, expect, it } from '@jest/globals'
import { RemainingTime, spoken } from '../src/remaining-time.ts'

describe('the remaining time', () => {
  it('is not known before a file is done', () => {
    expect(new RemainingTime(10, 0).after(1_000)).toBeUndefined()
    expect(new RemainingTime(10, 60_000).after(1_000)).toBeUndefined()
  })

  it('goes by how long the files took the last time', () => {
    const time = new RemainingTime(10, 60_000)
    time.fileDone(30_000)
    expect(time.after(40_000)).toBe(40_000)
    time.fileDone(undefined)
    expect(time.after(40_000)).toBe(40_000)
  })

  it.each([0, 60_000])(
    'goes by the number of files that are done where they are new, of %i ms in all',
    (expectedMs) => {
      const time = new RemainingTime(4, expectedMs)
      time.fileDone(undefined)
      expect(time.after(10_000)).toBe(30_000)
    },
  )

  it('is over with the last file, whatever was expected', () => {
    const time = new RemainingTime(1, 60_000)
    time.fileDone(1_000)
    expect(time.after(1_000)).toBe(0)
  })

  it('is told in minutes and seconds', () => {
    expect([400, 59_400, 60_000, 200_000].map(spoken)).toEqual(['0 s', '59 s', '1 min 0 s', '3 min 20 s'])
  })
})
