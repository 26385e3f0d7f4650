import { callOnce } from '../load/call-once.ts'
import { type Load, type LoadResult, runLoad } from '../load/wrk.ts'
import { processUsage } from '../machine/process-usage.ts'
import { medianResult, type Result } from '../report/result.ts'
import type { Subject } from '../subject.ts'
import { type SubjectsOptions, withSubjects } from '../subjects/start-subjects.ts'
import type { BenchContext } from './bench-context.ts'

export interface Comparison {
  readonly name: string
  readonly load: Omit<Load, 'seconds'>
  /** `true`: first a call with each identity, so that each has its connection. */
  readonly connectsAll?: boolean
  /** How long each has the load before it is measured; 2 unless given. */
  readonly warmUpSeconds?: number
  /**
   * `true`: they take turns second by second, also while they warm up. A busy machine changes within seconds by more
   * than some comparisons are about.
   */
  readonly takesTurns?: boolean
}

export interface MeasuredStarts {
  readonly starts: readonly Result[]
  readonly results: readonly Result[]
  readonly notes: readonly string[]
}

/**
 * Measures all subjects under the same load, in turn, round after round: what else the machine does meets all of them.
 * Each is warm when it is measured, its connections as well: those to a target are closed after some idle seconds.
 * @returns of each subject the medians
 */
export async function compare(
  { directory, rounds, seconds, steps }: BenchContext,
  subjects: readonly Subject[],
  { name, load, connectsAll = false, warmUpSeconds = 2, takesTurns = false }: Comparison,
): Promise<readonly Result[]> {
  const results = new Map<Subject, Result[]>(subjects.map((subject) => [subject, []]))
  const measure = (subject: Subject, part: Pick<Load, 'seconds' | 'mostPerSecond'>) =>
    measureLoad(subject, name, { ...load, ...part }, directory)
  for (let round = 0; round < rounds; round++) {
    const order = rotated([...results], round)
    for (const [subject, measured] of order) {
      if (!takesTurns) steps.next(`${name}: ${subject.name}, round ${round + 1} of ${rounds}`)
      if (connectsAll && round === 0) await callOnce(subject, load.call)
      if (takesTurns) continue
      await runLoad(subject, { ...load, seconds: warmUpSeconds }, directory)
      const result = await measure(subject, { seconds })
      measured.push(result)
      steps.end(figuresOf(result))
    }
    if (!takesTurns) continue
    steps.next(`${name}: all in turn, second by second`)
    await inTurns(order, warmUpSeconds, seconds, measure)
    steps.end()
  }
  return [...results.values()].map(medianResult)
}

/** What is measured of each while it warms up is left out. */
async function inTurns(
  subjects: readonly (readonly [Subject, Result[]])[],
  warmUpSeconds: number,
  seconds: number,
  measure: (subject: Subject, part: Pick<Load, 'seconds' | 'mostPerSecond'>) => Promise<Result>,
): Promise<void> {
  const turns = subjects.map(([subject, measured]) => ({ subject, measured, lastRps: Number.POSITIVE_INFINITY }))
  for (let turn = 0; turn < warmUpSeconds + seconds; turn++) {
    for (const each of rotated(turns, turn)) {
      // To sign requests that are never sent takes longer than a turn.
      const second = await measure(each.subject, { seconds: 1, mostPerSecond: 2 * each.lastRps })
      each.lastRps = second.rps
      if (turn >= warmUpSeconds) each.measured.push(second)
    }
  }
}

/**
 * As `compare`, but all subjects are started anew for each round: one start of a program differs from the next by up to
 * a tenth, for as long as it runs.
 * @param comparisons each may depend on what has been measured so far, in this round and those before
 * @returns `starts`: what was measured of each subject in each round; `results`: the medians
 */
export async function compareStarts(
  context: BenchContext,
  options: SubjectsOptions,
  comparisons: readonly ((measured: readonly Result[]) => Comparison)[],
): Promise<MeasuredStarts> {
  const measured: Result[] = []
  const notes = new Set<string>()
  for (let round = 0; round < context.rounds; round++) {
    await withSubjects(options, async ({ all, notes: ofThis }) => {
      if (round === 0) {
        const steps = comparisons.map((comparison) => (comparison(measured).takesTurns ? 1 : all.length))
        context.steps.expect(steps.reduce((sum, count) => sum + count, 0) * context.rounds)
      }
      for (const comparison of comparisons) {
        measured.push(...(await compare({ ...context, rounds: 1 }, rotated(all, round), comparison(measured))))
      }
      for (const note of ofThis) notes.add(note)
    })
  }
  const ofEach = Map.groupBy(measured, ({ scenario, subject }) => `${scenario}: ${subject}`)
  return { starts: measured, results: [...ofEach.values()].map(medianResult), notes: [...notes] }
}

/** What a line of progress says of a measurement. */
export function figuresOf({ rps, p99Ms, errors }: Result): string {
  return `${rps.toFixed(0)} requests/s, p99 ${p99Ms.toFixed(2)} ms${errors > 0 ? `, ${errors} errors` : ''}`
}

/** One round of one subject. */
export async function measureLoad(
  subject: Subject,
  scenario: string,
  load: Load,
  directory: string,
): Promise<LoadResult & Result> {
  const before = processUsage(subject.pid)
  const result = await runLoad(subject, load, directory)
  const after = processUsage(subject.pid)
  return {
    ...result,
    subject: subject.name,
    scenario,
    cpuUsPerRequest: ((after.cpuMs - before.cpuMs) * 1_000) / result.requests,
    rssMiB: after.rssMiB,
  }
}

/** Each round begins with another one: whoever comes after the heaviest is not always the same. */
function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
