/** How a cache is used and how full it is, for metrics. */
export interface CacheState {
  /** Look-ups since the start that were answered at once, and others. */
  readonly hits: number
  readonly misses: number
  readonly entries: number
  /** About what they take. */
  readonly bytes: number
  readonly maxBytes: number
}
