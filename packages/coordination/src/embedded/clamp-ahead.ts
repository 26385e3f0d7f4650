import { nonceSeconds } from '@mtls-gateway/domain'

/**
 * A second of the clock, or now if the clock was so far ahead then that no timestamp which it took is taken now. Where
 * it was ahead by less it stays: after one short step back, what was taken before could be taken again.
 */
export function clampAhead(second: number, nowSeconds: number): number {
  return second > nowSeconds + nonceSeconds ? nowSeconds : second
}
