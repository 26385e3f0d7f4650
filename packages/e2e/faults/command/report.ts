import { styleText } from 'node:util'
import { table } from '@mtls-gateway/terminal'
import { type Figure, type Findings, holds } from '../scenario.ts'

/** A scenario that ran, or why it did not come to its end. */
export interface Outcome extends Findings {
  readonly name: string
  /** What it took. */
  readonly seconds: number
  readonly failure?: string
}

export type Verdict = 'ok' | 'FAILED' | 'left out'

export function verdictOf({ figures, failure, leftOut }: Outcome): Verdict {
  if (failure !== undefined) return 'FAILED'
  if (leftOut !== undefined) return 'left out'
  return figures.length > 0 && figures.every(holds) ? 'ok' : 'FAILED'
}

/** 1 if something failed, else 3 if something was left out. */
export function exitCode(outcomes: readonly Outcome[]): 0 | 1 | 3 {
  const verdicts = outcomes.map(verdictOf)
  if (verdicts.includes('FAILED')) return 1
  return verdicts.includes('left out') ? 3 : 0
}

/** What was seen in a scenario; in colour where `stream` shows it. */
export function figuresText(outcome: Outcome, stream: NodeJS.WritableStream): string {
  const { name, figures, notes, failure, leftOut } = outcome
  const paint = painter(stream)
  if (failure !== undefined) return `${paint('bold', name)}\n${paint('red', 'FAILED')} ${failure}`
  if (leftOut !== undefined) return `${paint('bold', name)}\nleft out: ${leftOut}`
  const rows = figures.map((figure) => [
    figure.what,
    figure.before === undefined ? '-' : withUnit(figure.before, figure),
    withUnit(figure.now, figure),
    `${figure.kind} ${withUnit(figure.bound, figure)}`,
    holds(figure) ? 'ok' : paint('red', 'FAILED'),
  ])
  const [heading = '', ...lines] = table([name, 'seen before', 'seen now', 'bound', ''], rows).split('\n')
  return [paint('bold', heading), ...lines, ...notes.map((note) => `note: ${note}`)].join('\n')
}

/** A line for each scenario. */
export function summaryText(outcomes: readonly Outcome[], stream: NodeJS.WritableStream): string {
  const paint = painter(stream)
  const rows = outcomes.map((outcome) => {
    const { name, calls, seconds } = outcome
    const verdict = verdictOf(outcome)
    const shown = verdict === 'FAILED' ? paint('red', verdict) : verdict
    return [name, calls?.made ?? '-', calls?.failed ?? '-', seconds.toFixed(0), shown]
  })
  const [heading = '', ...lines] = table(['scenario', 'calls', 'failed', 'seconds', 'verdict'], rows).split('\n')
  return [paint('bold', heading), ...lines].join('\n')
}

export function reportJson(outcomes: readonly Outcome[]): string {
  const shown = outcomes.map(({ figures, log: _, ...outcome }) => ({
    ...outcome,
    verdict: verdictOf({ ...outcome, figures }),
    figures: figures.map((figure) => ({ ...figure, ok: holds(figure) })),
  }))
  return JSON.stringify({ scenarios: shown }, null, 2)
}

function painter(stream: NodeJS.WritableStream) {
  return (format: 'bold' | 'red', text: string) => styleText(format, text, { stream })
}

function withUnit(value: number, { unit }: Figure): string {
  const short = Number.isInteger(value) ? String(value) : value.toFixed(2)
  return unit === '' ? short : `${short} ${unit}`
}
