import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { CallCost } from '../../src/forward/call-cost.ts'

/** Begins as many calls as are measured together, each of which works for so long. */
async function begin(cost: CallCost, workMs: number): Promise<number> {
  for (let call = 0; call < 64; call++) {
    cost.count()
    const until = performance.now() + workMs
    while (performance.now() < until);
    await turn()
  }
  return cost.ms
}

describe('the cost of a call', () => {
  it('is what the event loop has done since the last calls were measured, for each of them', async () => {
    const cost = new CallCost()
    await begin(cost, 1)
    expect(await begin(cost, 2)).toBeGreaterThan(1.5)
    const before = cost.ms
    await begin(cost, 0)
    expect(await begin(cost, 0)).toBeLessThan(before)
  })
})
