import { describe, expect, it } from '@jest/globals'
import { highestQuantile, quantileOf } from '../src/fairness/quantile.ts'

describe('the highest quantile that samples tell', () => {
  it.each([
    [5_000, 'p99'],
    [1_000, 'p99'],
    [999, 'p95'],
    [200, 'p95'],
    [100, 'p90'],
    [40, 'p75'],
    [20, 'p50'],
    [3, 'p50'],
  ])('has ten of them beyond it: of %d, %s', (samples, name) => {
    expect(highestQuantile(samples).name).toBe(name)
  })
})

describe('a quantile', () => {
  it('is the sample that so many are below', () => {
    const values = Array.from({ length: 1_000 }, (_, n) => 1_000 - n)
    expect(quantileOf(values, 0.99)).toBe(991)
    expect(quantileOf([3, 1, 2], 0.5)).toBe(2)
    expect(() => quantileOf([], 0.5)).toThrow('there is no sample')
  })
})
