import type { SubjectName } from '../subject.ts'

/** What was measured of one subject in one scenario. */
export interface Result {
  readonly subject: SubjectName
  readonly scenario: string
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Time on the processor, of the subject and its children. */
  readonly cpuUsPerRequest: number
  /** At the end of a round. */
  readonly rssMiB: number
  /** In all rounds together. */
  readonly errors: number
}

/** Several rounds as one: of each figure the median. */
export function medianResult(rounds: readonly Result[]): Result {
  const [first] = rounds
  if (first === undefined) throw new Error('there is no round')
  const of = (figure: 'rps' | 'p50Ms' | 'p99Ms' | 'cpuUsPerRequest' | 'rssMiB') =>
    median(rounds.map((round) => round[figure]))
  return {
    subject: first.subject,
    scenario: first.scenario,
    rps: of('rps'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuUsPerRequest: of('cpuUsPerRequest'),
    rssMiB: of('rssMiB'),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  }
}

/** With an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]]
  if (low === undefined || high === undefined) throw new Error('there is no value')
  return (low + high) / 2
}
