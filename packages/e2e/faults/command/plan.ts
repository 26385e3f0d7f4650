import { table } from '@mtls-gateway/terminal'
import type { Amount, TimedScenario } from '../scenario.ts'

export interface Planned {
  readonly name: string
  /** 0 of what always does the same. */
  readonly amount: number
  readonly unit: Amount['unit'] | undefined
  /** What it is expected to take; if it is left out, what the least of it would. */
  readonly seconds: number
  readonly isLeftOut: boolean
}

export interface PlanOptions {
  /** As much of everything as usual if undefined. */
  readonly budgetSeconds: number | undefined
  /** Amounts that somebody chose. They stay what they are whatever the budget. */
  readonly chosen?: Readonly<Partial<Record<Amount['unit'], number>>>
}

export type NamedScenario = Pick<TimedScenario, 'seconds' | 'amount'> & { readonly name: string }

/**
 * Divides a budget: each scenario gets its least, in their order, as long as there is time for it, and of what is then
 * left all get the same share of what they usually do beyond that.
 */
export function planOf(scenarios: readonly NamedScenario[], { budgetSeconds, chosen = {} }: PlanOptions): Planned[] {
  const ranges = scenarios.map(({ amount, ...scenario }) => {
    const fixed = amount && chosen[amount.unit]
    const { least = 0, usual = 0, secondsEach = 0 } = amount ?? {}
    return { ...scenario, unit: amount?.unit, least: fixed ?? least, usual: fixed ?? usual, secondsEach }
  })
  let left = budgetSeconds ?? Number.POSITIVE_INFINITY
  const leasts = ranges.map((range) => {
    const seconds = range.seconds + range.least * range.secondsEach
    const isLeftOut = seconds > left
    if (!isLeftOut) left -= seconds
    return { ...range, leastSeconds: seconds, isLeftOut }
  })
  const more = leasts.reduce((sum, range) => sum + (range.isLeftOut ? 0 : beyondLeast(range) * range.secondsEach), 0)
  const share = more === 0 ? 0 : Math.min(1, left / more)
  return leasts.map(({ name, unit, isLeftOut, leastSeconds, ...range }) => {
    const added = isLeftOut ? 0 : Math.floor(share * beyondLeast(range))
    return { name, unit, isLeftOut, amount: range.least + added, seconds: leastSeconds + added * range.secondsEach }
  })
}

function beyondLeast({ least, usual }: { readonly least: number; readonly usual: number }): number {
  return usual - least
}

/** How much of each is planned, and how long that takes. */
export function planText(plan: readonly Planned[]): string {
  const rows = plan.map(({ name, amount, unit, seconds, isLeftOut }) => {
    const much = unit === undefined ? '' : `${amount.toLocaleString('en')} ${unit}`
    return [name, isLeftOut ? 'left out: no time' : much, minutesText(seconds)]
  })
  const total = plan.reduce((sum, { seconds, isLeftOut }) => sum + (isLeftOut ? 0 : seconds), 0)
  return table(['planned', '', 'about'], [...rows, ['together', '', minutesText(total)]])
}

export function minutesText(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} min`
}
