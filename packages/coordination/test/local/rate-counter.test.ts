import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { LocalRateCounter } from '../../src/local/rate-counter.ts'
import type { RateDecision } from '../../src/port.ts'

const keys = ['a', 'b']
const arrivals = fc.array(
  fc.record({
    key: fc.constantFrom(...keys),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ max: 400, min: 0 }), fc.double({ max: 1_100, min: 0, noNaN: true })),
  }),
  { maxLength: 300 },
)

/** Keeps all admitted times, and counts those of the last second. */
function oracle(perSecond: number): (key: string, now: number) => boolean {
  const admitted: { key: string; at: number }[] = []
  return (key, now) => {
    const recent = admitted.filter((request) => request.key === key && request.at + 1_000 > now)
    if (recent.length >= perSecond) return false
    admitted.push({ key, at: now })
    return true
  }
}

describe('the local rate counter', () => {
  it('admits what an exact count over the last second admits, at any times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), arrivals, (perSecond, requests) => {
        let now = 12_345.678
        const counter = new LocalRateCounter({ perSecond, now: () => now })
        const expected = oracle(perSecond)
        for (const { key, afterMs } of requests) {
          now += afterMs
          expect(counter.admit(key).admitted).toBe(expected(key, now))
        }
      }),
    )
  })

  it('admits after `retryAfterMs`, and not a whole millisecond earlier', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ max: 300, min: 0, noNaN: true }), { minLength: 4, maxLength: 60 }), (gaps) => {
        let now = 0
        const counter = new LocalRateCounter({ perSecond: 3, now: () => now })
        const admitted: number[] = []
        for (const gap of gaps) {
          now += gap
          const decision = counter.admit('a')
          if (decision.admitted) admitted.push(now)
          else expect(now + decision.retryAfterMs - ((admitted.at(-3) ?? 0) + 1_000)).toBeLessThan(1.001)
          if (decision.admitted) continue
          now += decision.retryAfterMs
          expect(counter.admit('a')).toEqual({ admitted: true, retryAfterMs: 0 })
          admitted.push(now)
        }
      }),
    )
  })

  it('lets 150 of each second through under a steady 160, not 150 and 10 by turns', () => {
    let now = 0
    const counter = new LocalRateCounter({ perSecond: 150, now: () => now })
    const seconds = Array.from({ length: 10 }, () => 0)
    for (let request = 0; request < 1_600; request++) {
      now = request * 6.25
      if (counter.admit('a').admitted) seconds[Math.floor(now / 1_000)] = (seconds[Math.floor(now / 1_000)] ?? 0) + 1
    }
    expect(seconds).toEqual(seconds.map(() => 150))
  })

  it('forgets the least recently seen key beyond the bound, and no flooding one', () => {
    const counter = new LocalRateCounter({ perSecond: 1, maxKeys: 3, now: () => 0 })
    const admit = (key: string): RateDecision['admitted'] => counter.admit(key).admitted
    expect(['flood', 'b', 'c', 'flood', 'd'].map(admit)).toEqual([true, true, true, false, true])
    expect(admit('flood')).toBe(false)
    expect(admit('d')).toBe(false)
    expect(admit('b')).toBe(true)
  })

  it('refuses a rate that is no positive integer', () => {
    for (const perSecond of [0, -1, 1.5, Number.NaN]) {
      expect(() => new LocalRateCounter({ perSecond })).toThrow(RangeError)
    }
  })
})
