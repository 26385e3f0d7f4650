import { describe, expect, it } from '@jest/globals'
import { RepeatedFault } from '../../src/logging/repeated-fault.ts'

describe('a fault that is met again and again', () => {
  it('is logged at once, and then once a minute with how often it was met', () => {
    const lines: unknown[] = []
    let now = 0
    const fault = new RepeatedFault(
      (facts) => lines.push(facts),
      () => now,
    )
    for (let second = 0; second < 121; second++) {
      now = second * 1_000
      fault.tell({ second })
    }
    expect(lines).toEqual([
      { second: 0, times: 1 },
      { second: 60, times: 60 },
      { second: 120, times: 60 },
    ])
  })

  it('is logged at once if it was over before', () => {
    const lines: unknown[] = []
    const fault = new RepeatedFault((facts) => lines.push(facts))
    for (const time of [1, 2, 3]) fault.tell({ time })
    fault.end()
    fault.tell({ time: 4 })
    expect(lines).toEqual([
      { time: 1, times: 1 },
      { time: 4, times: 1 },
    ])
  })
})
