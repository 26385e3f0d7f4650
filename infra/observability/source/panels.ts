import type { Panel, Query, Unit } from './dashboard.ts'

type More = Partial<Pick<Panel, 'stacked' | 'thresholds' | 'max'>>

const query = ([legend, expr]: readonly [legend: string, expr: string]): Query => ({ expr, legend })

/** Lines over time, one for each legend; a third of the page wide. */
export function lines(
  title: string,
  unit: Unit,
  description: string,
  queries: Readonly<Record<string, string>>,
  more: More = {},
): Panel {
  return {
    kind: 'timeseries',
    title,
    unit,
    description,
    width: 8,
    queries: Object.entries(queries).map(query),
    ...more,
  }
}

/** The last value, coloured by its thresholds. */
export function stat(title: string, unit: Unit, description: string, expr: string, more: More = {}): Panel {
  return { kind: 'stat', title, unit, description, width: 4, queries: [{ expr, legend: '' }], ...more }
}

/** `q` of a histogram's observations, 0 to 1. */
export function quantile(q: number, histogram: string, selector: string, by = ''): string {
  const labels = by === '' ? 'le' : `le, ${by}`
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`
}

/** A counter's increase per second, summed up. */
export function perSecond(counter: string, selector: string, by = ''): string {
  return `sum${by === '' ? '' : ` by (${by})`} (rate(${counter}{${selector}}[$__rate_interval]))`
}
