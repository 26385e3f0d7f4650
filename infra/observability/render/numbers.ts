import type { Unit } from '../source/dashboard.ts'

const suffixes: Readonly<Partial<Record<Unit, string>>> = { reqps: ' req/s', ops: ' /s' }

/** A value as Grafana shows it, about. */
export function shown(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '-'
  if (unit === 'percentunit') return `${digits(value * 100)}%`
  if (unit === 'bytes') return scaled(value, 1_024, ['B', 'KiB', 'MiB', 'GiB'])
  if (unit === 's') return duration(value)
  return digits(value) + (suffixes[unit] ?? '')
}

function digits(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return Math.abs(rounded) >= 10_000 ? `${Number((rounded / 1_000).toPrecision(3))} K` : String(rounded)
}

function scaled(value: number, base: number, units: readonly string[]): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(base))))
  return `${Number((value / base ** power).toPrecision(3))} ${units[power]}`
}

function duration(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return '0 s'
  if (size < 0.001) return `${digits(seconds * 1_000_000)} µs`
  if (size < 1) return `${digits(seconds * 1_000)} ms`
  if (size < 120) return `${digits(seconds)} s`
  if (size < 7_200) return `${digits(seconds / 60)} min`
  return size < 172_800 ? `${digits(seconds / 3_600)} hours` : `${digits(seconds / 86_400)} days`
}

/** The end of an axis above `highest`, and the distance of its lines. */
export function axis(highest: number, unit: Unit): { readonly top: number; readonly step: number } {
  const base = unit === 'bytes' ? 2 ** (10 * Math.floor(Math.log2(highest || 1) / 10)) : 1
  const wanted = (highest / base || 1) / 3
  const power = 10 ** Math.floor(Math.log10(wanted))
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= wanted) ?? 10) * power * base
  return { top: Math.max(step, Math.ceil((highest / step) * 0.999) * step), step }
}
