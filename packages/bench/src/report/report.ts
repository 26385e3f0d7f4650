import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { styleText } from 'node:util'
import { table } from '@mtls-gateway/terminal'
import type { MachineFacts } from '../machine/machine-facts.ts'
import { mostForOthers, othersText } from '../machine/others.ts'
import type { Result } from './result.ts'
import { type ShareResult, shareColumns, shareRow } from './share-result.ts'
import { holds, type Judgement, type Outcome, type Verdict } from './verdict.ts'

export interface Report {
  readonly machine: MachineFacts
  /** The share of the processors that others had in the scenario in which they had most. */
  readonly others: number
  readonly results: readonly Result[]
  /** Results of shared pools, if they were measured. */
  readonly shares?: readonly ShareResult[]
  readonly verdicts: readonly Judgement[]
  /** What the figures do not tell: peers that were left out, and why. */
  readonly notes: readonly string[]
}

const columns = ['requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'RSS MiB', 'errors']

/** For a terminal: a table a scenario, then the verdicts; in colour where `stream` is one that shows it. */
export function reportText(
  { results, shares = [], verdicts, notes, machine, others }: Report,
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
  const marks = {
    ok: paint('green', 'ok    '),
    failed: paint('red', 'FAILED'),
    unsure: paint('yellow', 'unsure'),
  } as const satisfies Record<Outcome, string>
  const judged = verdicts.map((verdict) => `${marks[verdict.outcome]} ${sentence(verdict)}${doubt(verdict)}`)
  const { processor, cores, node, loadBefore } = machine
  const place = `${processor}, ${cores} cores, Node ${node}, load before ${loadBefore}, ${othersText(others)}`
  return [
    ...tables,
    [
      ...judged,
      ...notes.map((note) => `${paint('yellow', 'note  ')} ${note}`),
      place,
      ...(others > mostForOthers ? [paint('yellow', warning(others))] : []),
    ].join('\n'),
  ].join('\n\n')
}

/** A report is about the whole checkout: `{"machine":{...},"others":0.01,"results":[...],"verdicts":[...], ...}`. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, reportJson(report))
}

export function reportJson({ verdicts, ...report }: Report): string {
  const judged = verdicts.map((verdict) => ({ ...verdict, ok: verdict.outcome === 'ok' }))
  return `${JSON.stringify({ ...report, isTrusted: report.others <= mostForOthers, verdicts: judged }, null, 2)}\n`
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

/** What the bound would say if the machine had been quiet. */
function doubt(verdict: Judgement): string {
  if (verdict.outcome !== 'unsure') return ''
  return `, ${holds(verdict) ? 'holds' : 'does not hold'}, but ${othersText(verdict.others)}`
}

function warning(others: number): string {
  return `The machine was too busy: ${othersText(others)}. Don't trust these figures, and run the bench again when the machine is quiet.`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}
