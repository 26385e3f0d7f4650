/** A quantile, and how sure it is. */
export interface Quantile {
  /** `p99`, or the next lower one if there are too few samples for it. */
  readonly name: string
  readonly part: number
}

const quantiles: readonly Quantile[] = [
  { name: 'p99', part: 0.99 },
  { name: 'p95', part: 0.95 },
  { name: 'p90', part: 0.9 },
  { name: 'p75', part: 0.75 },
  { name: 'p50', part: 0.5 },
]
/** With fewer samples beyond it, a quantile is just the time of single ones. */
const fewestBeyond = 10
/** In binary, 100 * 0.9 may be slightly more or less than 90. */
const rounding = 1e-9

/** The highest quantile that this many samples support. */
export function highestQuantile(samples: number): Quantile {
  const told = quantiles.find(({ part }) => samples - Math.ceil(samples * part - rounding) >= fewestBeyond)
  // Fewer than 20 samples support none; the median is closest.
  return told ?? { name: 'p50', part: 0.5 }
}

/** @param values at least one, in any order */
export function quantileOf(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  if (value === undefined) throw new Error('there is no sample')
  return value
}
