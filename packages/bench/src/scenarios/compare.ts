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
}

/**
 * Measures all subjects under the same loads, in turn, round after round: what else the machine does meets all of them.
 * They are started anew for each round: one start of a program differs from the next by up to a tenth, for as long as
 * it runs. Each is warm when it is measured, its connections as well: those to a target are closed after some idle
 * seconds.
 * @param comparisons each may depend on what has been measured so far, in this round and those before
 * @returns the medians of each subject
 */
export async function compareStarts(
  { directory, rounds, seconds, steps }: BenchContext,
  options: SubjectsOptions,
  comparisons: readonly ((measured: readonly Result[]) => Comparison)[],
): Promise<readonly Result[]> {
  const measured: Result[] = []
  for (let round = 0; round < rounds; round++) {
    await withSubjects(options, async ({ all }) => {
      if (round === 0) steps.expect(comparisons.length * all.length * rounds)
      for (const comparison of comparisons) {
        const { name, load, connectsAll = false, warmUpSeconds = 2 } = comparison(measured)
        for (const subject of rotated(all, round)) {
          steps.next(`${name}: ${subject.name}, round ${round + 1} of ${rounds}`)
          if (connectsAll) await callOnce(subject, load.call)
          await runLoad(subject, { ...load, seconds: warmUpSeconds }, directory)
          const result = await measureLoad(subject, name, { ...load, seconds }, directory)
          measured.push(result)
          steps.end(figuresOf(result))
        }
      }
    })
  }
  const ofEach = Map.groupBy(measured, ({ scenario, subject }) => `${scenario}: ${subject}`)
  return [...ofEach.values()].map(medianResult)
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
