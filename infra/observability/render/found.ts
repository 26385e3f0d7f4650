import type { Series } from './prometheus.ts'

/** What a query of a panel found, with the legend of each series filled in. */
export interface Found {
  readonly name: string
  readonly series: Series
}

export interface Span {
  /** Seconds since 1970. */
  readonly start: number
  readonly end: number
}
