import { styleText } from 'node:util'
import { table } from '@mtls-gateway/terminal'
import { type Figure, type Findings, holds } from '../scenario.ts'

/** A scenario that ran, or why it did not come to its end. */
export interface Outcome extends Findings {
  readonly name: string
  readonly failure?: string
}

export function isGood({ figures, failure, skipped }: Outcome): boolean {
  return failure === undefined && (skipped !== undefined || figures.length > 0) && figures.every(holds)
}

/** A table per scenario; in colour where `stream` shows it. */
export function reportText(outcomes: readonly Outcome[], stream: NodeJS.WritableStream): string {
  return outcomes.map((outcome) => textOf(outcome, stream)).join('\n\n')
}

export function reportJson(outcomes: readonly Outcome[]): string {
  const shown = outcomes.map(({ figures, log: _, ...outcome }) => ({
    ...outcome,
    ok: isGood({ ...outcome, figures }),
    figures: figures.map((figure) => ({ ...figure, ok: holds(figure) })),
  }))
  return JSON.stringify({ scenarios: shown }, null, 2)
}

function textOf({ name, figures, notes, failure, skipped }: Outcome, stream: NodeJS.WritableStream): string {
  const paint = (format: 'bold' | 'red', text: string) => styleText(format, text, { stream })
  if (failure !== undefined) return `${paint('bold', name)}\n${paint('red', 'FAILED')} ${failure}`
  if (skipped !== undefined) return `${paint('bold', name)}\nskipped: ${skipped}`
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

function withUnit(value: number, { unit }: Figure): string {
  const short = Number.isInteger(value) ? String(value) : value.toFixed(2)
  return unit === '' ? short : `${short} ${unit}`
}
