import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { styleText } from 'node:util'
import { table } from '@mtls-gateway/terminal'
import type { MachineFacts } from '../machine/machine-facts.ts'
import type { Result } from './result.ts'
import { type ShareResult, shareColumns, shareRow } from './share-result.ts'
import { holds, type Verdict } from './verdict.ts'

export interface Report {
  readonly machine: MachineFacts
  readonly results: readonly Result[]
  /** Results of shared pools, if they were measured. */
  readonly shares?: readonly ShareResult[]
  readonly verdicts: readonly Verdict[]
  /** What the figures do not tell: peers that were left out, and why. */
  readonly notes: readonly string[]
}

const columns = ['requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'RSS MiB', 'errors']

/** For a terminal: a table a scenario, then the verdicts; in colour where `stream` is one that shows it. */
export function reportText(
  { results, shares = [], verdicts, notes, machine }: Report,
  stream: NodeJS.WriteStream,
): string {
  const paint = (format: 'bold' | 'green' | 'red' | 'yellow', text: string) => styleText(format, text, { stream })
  const headed = (heading: readonly string[], rows: readonly (readonly (string | number)[])[]) => {
    const [first = '', ...lines] = table(heading, rows).split('\n')
    return [paint('bold', first), ...lines].join('\n')
  }
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))]
  const tables = scenarios.map((name) => {
    const rows = results.filter(({ scenario }) => scenario === name).map(figures)
    return headed([name, ...columns], rows)
  })
  if (shares.length > 0) tables.push(headed(shareColumns, shares.map(shareRow)))
  const judged = verdicts.map((verdict) =>
    holds(verdict)
      ? `${paint('green', 'ok    ')} ${sentence(verdict)}`
      : `${paint('red', 'FAILED')} ${sentence(verdict)}`,
  )
  const { processor, cores, node, loadBefore } = machine
  const place = `${processor}, ${cores} cores, Node ${node}, load before ${loadBefore}`
  return [
    ...tables,
    [...judged, ...notes.map((note) => `${paint('yellow', 'note  ')} ${note}`), place].join('\n'),
  ].join('\n\n')
}

/** A report is about the whole checkout: `{"machine":{...},"results":[...],"verdicts":[...],"notes":[...]}`. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, reportJson(report))
}

export function reportJson({ verdicts, ...report }: Report): string {
  return `${JSON.stringify({ ...report, verdicts: verdicts.map((verdict) => ({ ...verdict, ok: holds(verdict) })) }, null, 2)}\n`
}

function figures({
  subject,
  rps,
  p50Ms,
  p99Ms,
  cpuUsPerRequest,
  rssMiB,
  errors,
}: Result): readonly (string | number)[] {
  return [
    subject,
    short(rps),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    cpuUsPerRequest.toFixed(1),
    rssMiB.toFixed(0),
    errors,
  ]
}

function sentence({ what, figure, bound, kind, unit }: Verdict): string {
  const suffix = unit === '' ? '' : ` ${unit}`
  return `${what}: ${short(figure)}${suffix} (${kind} ${bound}${suffix})`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}
