import { type Dashboard, type Panel, placed } from '../source/dashboard.ts'
import { chart } from './chart.ts'
import { escaped } from './escaped.ts'
import type { Found, Span } from './found.ts'
import { shown } from './numbers.ts'

const [cellWidth, cellHeight, gap] = [50, 28, 6]
const width = 24 * cellWidth
const colours = { none: '#f4f5f7', good: '#d9f2dc', warning: '#fdf0c2', critical: '#f9d2d0' }

/** A dashboard as one picture, laid out as in Grafana. */
export function picture(dashboard: Dashboard, found: (panel: Panel) => readonly Found[], span: Span): string {
  const rows = placed(dashboard)
  const height = 40 + cellHeight * Math.max(...rows.flatMap(({ panels }) => panels.map((each) => each.y + each.height)))
  const parts = rows.flatMap(({ title, y, panels }) => [
    `<text class="row" x="8" y="${40 + y * cellHeight + 19}">${escaped(title)}</text>`,
    ...panels.map(({ panel, x, y: top, height: cells }) => {
      const [w, h] = [panel.width * cellWidth - gap, cells * cellHeight - gap]
      const at = `translate(${x * cellWidth + gap / 2} ${40 + top * cellHeight})`
      return `<g transform="${at}">${drawn(panel, found(panel), { w, h }, span)}</g>`
    }),
  ])
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(dashboard.title)}</title>
<style>text{font:11px Inter,"Helvetica Neue",Arial,sans-serif;fill:#3b4252}.title{font-weight:600;font-size:12px}.page{font-size:16px;font-weight:600}.row{font-size:13px;font-weight:600}.grey{fill:#7b8494}.value{font-size:26px;font-weight:600;text-anchor:middle}.end{text-anchor:end}path{fill:none;stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="page" x="8" y="25">${escaped(dashboard.title)}</text>
${parts.join('\n')}
</svg>
`
}

interface Size {
  readonly w: number
  readonly h: number
}

function drawn(panel: Panel, found: readonly Found[], size: Size, span: Span): string {
  const { w, h } = size
  const fill = panel.kind === 'stat' ? colourOf(panel, lastOf(found)) : '#fff'
  const frame = `<rect width="${w}" height="${h}" rx="3" fill="${fill}" stroke="#dfe2e8"/>`
  const title = `<text class="title" x="8" y="17">${escaped(panel.title)}</text>`
  return frame + title + content(panel, found, size, span)
}

function content(panel: Panel, found: readonly Found[], size: Size, span: Span): string {
  if (panel.kind === 'stat') return statOf(panel, found, size)
  if (panel.kind === 'table') return tableOf(panel, found)
  return chart(panel, found, size, span)
}

function lastOf(found: readonly Found[]): number {
  return found[0]?.series.points.at(-1)?.[1] ?? Number.NaN
}

function colourOf({ thresholds }: Panel, value: number): string {
  if (thresholds === undefined) return colours.none
  if (!(value >= thresholds[0])) return colours.good
  return value >= thresholds[1] ? colours.critical : colours.warning
}

function statOf({ unit }: Panel, found: readonly Found[], { w, h }: Size): string {
  return `<text class="value" x="${w / 2}" y="${h / 2 + 18}">${shown(lastOf(found), unit)}</text>`
}

function tableOf({ unit, columns = {} }: Panel, found: readonly Found[]): string {
  const names = Object.keys(columns)
  const line = (cells: readonly string[], y: number, style: string) =>
    cells
      .map((cell, index) => `<text class="${style}" x="${8 + index * 240}" y="${y}">${escaped(cell)}</text>`)
      .join('')
  const rows = found
    .toSorted((one, other) => lastOf([one]) - lastOf([other]))
    .map(({ series }) =>
      names.map((name) => (name === 'Value' ? shown(series.points[0]?.[1] ?? 0, unit) : (series.labels[name] ?? ''))),
    )
  const head = line(Object.values(columns), 40, 'grey')
  return head + rows.map((cells, index) => line(cells, 60 + index * 17, '')).join('')
}
