import type { RecentCall } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'

const heading = [
  'AT',
  'OUTCOME',
  'STATUS',
  'CODE',
  'MS',
  'MAPPING',
  'CERTIFICATE',
  'CALLER',
  'REQUEST ID',
  'METHOD',
  'URL',
]
/** The widths of all columns but the last, for lines that arrive one by one. */
const widths = [24, 9, 6, 24, 8, 15, 15, 32, 36, 6]

export function callTable(calls: readonly RecentCall[]): string {
  if (calls.length === 0) return 'There is no call.'
  return table(heading, calls.map(cellsOf))
}

export function callHeading(): string {
  return inColumns(heading)
}

export function callLine(call: RecentCall): string {
  return inColumns(cellsOf(call).map(String))
}

function cellsOf(call: RecentCall): (string | number)[] {
  const { at, outcome, status, code, transportCode, ms, mappingId, certificateId, caller, requestId } = call
  const reason = transportCode ?? code ?? '-'
  const used = [mappingId ?? '-', certificateId ?? '-']
  return [at, outcome, status ?? '-', reason, Math.round(ms), ...used, caller, requestId, call.method, call.url ?? '-']
}

function inColumns(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
}
