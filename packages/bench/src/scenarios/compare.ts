import { callOnce } from '../load/call-once.ts'
import { type Load, type LoadResult, runLoad } from '../load/wrk.ts'
import { processUsage } from '../machine/process-usage.ts'
import { medianResult, type Result } from '../report/result.ts'
import type { Subject } from '../subject.ts'
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
 * Measures all subjects under the same load, in turn, round after round: what else the machine does meets all of them.
 * @returns of each subject the medians
 */
export async function compare(
  { directory, rounds, seconds, steps }: BenchContext,
  subjects: readonly Subject[],
  { name, load, connectsAll = false, warmUpSeconds = 2 }: Comparison,
): Promise<readonly Result[]> {
  const results = new Map<Subject, Result[]>(subjects.map((subject) => [subject, []]))
  for (const subject of subjects) {
    steps.next(`${name}: warming up ${subject.name}`)
    if (connectsAll) await callOnce(subject, load.call)
    await runLoad(subject, { ...load, seconds: warmUpSeconds }, directory)
  }
  for (let round = 0; round < rounds; round++) {
    for (const [subject, measured] of rotated([...results], round)) {
      steps.next(`${name}: ${subject.name}, round ${round + 1} of ${rounds}`)
      measured.push(await measureLoad(subject, name, { ...load, seconds }, directory))
    }
  }
  return [...results.values()].map(medianResult)
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
