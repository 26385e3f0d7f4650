/** The units that the dashboards use, by Grafana's names. */
export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'none'

export interface Query {
  readonly expr: string
  /** Grafana's legend format: `{{job}}`. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What a reader can conclude from it. */
  readonly description: string
  readonly kind: 'timeseries' | 'stat' | 'table'
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** In 24ths of the page. */
  readonly width: number
  readonly stacked?: boolean
  /** The value from which on it is yellow, and the one from which on it is red. */
  readonly thresholds?: readonly [warning: number, critical: number]
  /** The upper end of the axis, at least. */
  readonly max?: number
  /** Titles of a table's columns, by label; `Value` is the value. */
  readonly columns?: Readonly<Record<string, string>>
}

export interface Row {
  readonly title: string
  readonly height: number
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  /** The name of its file, and its uid in Grafana. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** The value of `job` whose instances can be chosen: a regular expression. */
  readonly job: string
  readonly rows: readonly Row[]
}

/** Where the panels of a dashboard are, in Grafana's grid of 24 columns. */
export interface PlacedPanel {
  readonly panel: Panel
  readonly x: number
  readonly y: number
  readonly height: number
}

export interface PlacedRow {
  readonly title: string
  readonly y: number
  readonly panels: readonly PlacedPanel[]
}

export const columns = 24

export function placed({ rows }: Dashboard): readonly PlacedRow[] {
  let top = 0
  return rows.map(({ title, height, panels }) => {
    const y = top
    let [left, line] = [0, y + 1]
    const inRow = panels.map((panel) => {
      if (left + panel.width > columns) [left, line] = [0, line + height]
      const place = { panel, x: left, y: line, height }
      left += panel.width
      return place
    })
    top = line + height
    return { title, y, panels: inRow }
  })
}
