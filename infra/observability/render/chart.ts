import type { Panel } from '../source/dashboard.ts'
import { escaped } from './escaped.ts'
import type { Found, Span } from './found.ts'
import { axis, shown } from './numbers.ts'

const colours = [
  '#3274d9',
  '#e0752d',
  '#37872d',
  '#a352cc',
  '#c4162a',
  '#8f6b00',
  '#0a7f8c',
  '#6b7280',
  '#d44a8b',
  '#5b8c00',
]
const thresholdColours = ['#e5b100', '#d64545']
const [left, top, lineHeight] = [66, 28, 14]
/** Grafana has a bar to scroll through the others. */
const legendRows = 4

type Points = readonly (readonly [time: number, value: number])[]

/** Lines over time, with an axis for time and one for values, and a legend. */
export function chart(
  panel: Panel,
  found: readonly Found[],
  size: { readonly w: number; readonly h: number },
  span: Span,
) {
  const { unit, stacked = false, max = 0, thresholds = [] } = panel
  if (found.length === 0) return `<text class="grey" x="${size.w / 2 - 20}" y="${size.h / 2 + 10}">No data</text>`
  const legend = legendOf(found, size.w)
  const bottom = size.h - 22 - legend.rows * lineHeight
  const all = stacked ? stack(found) : found.map(({ series }) => series.points)
  const values = all.flatMap((points) => points.map(([, value]) => value)).filter(Number.isFinite)
  const scale = axis(Math.max(max, ...values), unit)
  const x = (time: number) => left + ((time - span.start) / (span.end - span.start)) * (size.w - left - 10)
  const y = (value: number) => bottom - (value / scale.top) * (bottom - top)
  const parts: string[] = []
  for (let value = 0; value <= scale.top * 1.001; value += scale.step) {
    parts.push(`<path d="M${left} ${round(y(value))}H${size.w - 10}" stroke="#edeff3" stroke-width="1"/>`)
    parts.push(`<text class="grey end" x="${left - 6}" y="${round(y(value) + 4)}">${shown(value, unit)}</text>`)
  }
  for (let time = span.start; time <= span.end - 8; time += 30) {
    const label = `${Math.floor((time - span.start) / 60)}:${String((time - span.start) % 60).padStart(2, '0')}`
    parts.push(`<text class="grey" x="${round(x(time) - 10)}" y="${bottom + 15}">${label}</text>`)
  }
  thresholds.forEach((value, index) => {
    if (value > scale.top) return
    parts.push(
      `<path d="M${left} ${round(y(value))}H${size.w - 10}" stroke="${thresholdColours[index]}" stroke-dasharray="4 3"/>`,
    )
  })
  all.forEach((points, index) => {
    const line = lineOf(points, x, y)
    const below = stacked && index > 0 ? (all[index - 1] ?? []) : []
    if (stacked) parts.push(area(points, below, index, x, y))
    parts.push(`<path d="${line}" stroke="${colours[index % colours.length]}"/>`)
  })
  return parts.join('') + legend.text(bottom + 32)
}

/** Each on top of those before. */
function stack(found: readonly Found[]): readonly Points[] {
  const times = [...new Set(found.flatMap(({ series }) => series.points.map(([time]) => time)))]
  times.sort((one, other) => one - other)
  const sums = new Map(times.map((time) => [time, 0]))
  return found.map(({ series }) => {
    for (const [time, value] of series.points) {
      if (Number.isFinite(value)) sums.set(time, (sums.get(time) ?? 0) + value)
    }
    return [...sums]
  })
}

function lineOf(points: Points, x: (time: number) => number, y: (value: number) => number): string {
  let previous = Number.NEGATIVE_INFINITY
  let line = ''
  for (const [time, value] of points) {
    if (!Number.isFinite(value)) continue
    // The line to itself is a dot, where the next is far away.
    line += `${time - previous > 6 ? 'M' : 'L'}${round(x(time))} ${round(y(value))}${time - previous > 6 ? 'h1.5' : ''}`
    previous = time
  }
  return line
}

function area(points: Points, below: Points, index: number, x: (time: number) => number, y: (value: number) => number) {
  const [first = [0, 0], last = first] = [points[0], points.at(-1)]
  const floor = below.length === 0 ? [[first[0], 0] as const, [last[0], 0] as const] : below
  const way = [...points, ...floor.toReversed()].map(([time, value]) => `${round(x(time))} ${round(y(value))}`)
  return `<path d="M${way.join('L')}Z" style="fill:${colours[index % colours.length]};fill-opacity:.35"/>`
}

function legendOf(found: readonly Found[], width: number) {
  const places: { readonly x: number; readonly row: number }[] = []
  let [x, row] = [10, 0]
  for (const { name } of found) {
    const taken = 24 + name.length * 5.8 + (name.match(/[A-Z]/g)?.length ?? 0) * 2.2
    if (x + taken > width && x > 10) [x, row] = [10, row + 1]
    if (row === legendRows) break
    places.push({ x, row })
    x += taken
  }
  const text = (y: number) =>
    places
      .map(({ x, row }, index) => {
        const at = y + row * lineHeight
        const box = `<rect x="${x}" y="${at - 5}" width="10" height="3" fill="${colours[index % colours.length]}"/>`
        return `${box}<text x="${x + 14}" y="${at}">${escaped(found[index]?.name ?? '')}</text>`
      })
      .join('')
  return { rows: Math.min(row + 1, legendRows), text }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
