import { describe, expect, it } from '@jest/globals'
import { type Latencies, operateFor } from '../src/fairness/latencies.ts'

const none = (): Latencies => ({ ms: [], failures: [] })

describe('operations', () => {
  it('with a rate begin whether or not those before have ended', async () => {
    const into = none()
    let [open, most] = [0, 0]
    const release = Promise.withResolvers<void>()
    const operate = async () => {
      most = Math.max(most, ++open)
      if (most === 3) release.resolve()
      await release.promise
      open--
    }
    await operateFor(0.2, { operate, perSecond: 100 }, into)
    expect(most).toBeGreaterThanOrEqual(3)
    expect(into.ms.length).toBeGreaterThanOrEqual(3)
  })

  it('without one follow each other', async () => {
    const into = none()
    let [open, most] = [0, 0]
    const operate = async () => {
      most = Math.max(most, ++open)
      await new Promise(setImmediate)
      open--
    }
    await operateFor(0.05, { operate, perSecond: undefined }, into)
    expect(most).toBe(1)
  })

  it('that fail are told apart, in their own words', async () => {
    const into = none()
    await operateFor(0.02, { operate: () => Promise.reject(new Error('refused')), perSecond: 1_000 }, into)
    expect(into.ms).toEqual([])
    expect(into.failures).toContain('refused')
  })
})
