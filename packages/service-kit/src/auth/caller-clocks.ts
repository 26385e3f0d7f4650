import { SlotHistogram } from '../metrics/fast-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

/** In seconds. Timestamps have no fractions, and are refused beyond 300. */
const buckets = [1, 2, 5, 10, 30, 60, 120, 180, 240, 300]

/**
 * How far callers' clocks are from ours, by the timestamps of rightly signed requests, also where they are refused: for
 * `OAuth1VerifierOptions`. Of forms that are refused for it, the app key exists.
 */
export function measureCallerClocks({ registry }: ServiceMetrics): (ms: number) => void {
  const skew = new SlotHistogram({
    name: 'caller_clock_skew_seconds',
    help: 'How far the timestamps of rightly signed requests are from the clock of this process, ahead or behind',
    buckets,
    registry,
  }).series({})
  return (ms) => skew.observe(ms / 1_000)
}
