import { type TransferResult, transfer } from '../load/transfer.ts'
import { median, medianResult, type Result } from '../report/result.ts'
import { atLeast, atMost, type Verdict } from '../report/verdict.ts'
import type { Call, Subject } from '../subject.ts'
import { withSubjects } from '../subjects/start-subjects.ts'
import type { BenchContext, Scenario } from './bench-context.ts'

const bytes = 2 ** 30
const ways: readonly { readonly name: string; readonly call: Call; readonly answerBytes: number }[] = [
  {
    name: '1 GiB to the caller',
    call: { method: 'GET', path: '1g', identities: 1, bodyBytes: 0, closes: true },
    answerBytes: bytes,
  },
  {
    name: '1 GiB to the target',
    call: { method: 'POST', path: 'sink', identities: 1, bodyBytes: bytes, closes: true },
    answerBytes: 0,
  },
]

type Measured = ReadonlyMap<Subject, readonly TransferResult[]>

/** One body of 1 GiB at a time: how fast it goes through, and what of it stays in memory. */
export const largeBodies: Scenario = (context) =>
  withSubjects({ ...context, identities: 1 }, async ({ all }) => {
    context.steps.expect(ways.length * all.length * (context.rounds + 1))
    const results: Result[] = []
    const verdicts: Verdict[] = []
    for (const way of ways) {
      const measured = await measure(context, all, way)
      results.push(...[...measured].map(([subject, rounds]) => asResult(subject, way.name, rounds)))
      verdicts.push(...judge(way.name, measured))
    }
    return { results, verdicts, notes: [] }
  })

/** The first of each is a warm-up, but for what it leaves in memory. */
async function measure(
  { directory, rounds, steps }: BenchContext,
  subjects: readonly Subject[],
  { name, call, answerBytes }: (typeof ways)[number],
): Promise<Measured> {
  const measured = new Map<Subject, TransferResult[]>(subjects.map((subject) => [subject, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [subject, results] of measured) {
      steps.next(`${name}: ${subject.name}, round ${round} of ${rounds}`)
      results.push(await transfer(subject, call, answerBytes, directory))
    }
  }
  return measured
}

function asResult({ name: subject }: Subject, scenario: string, rounds: readonly TransferResult[]): Result {
  return medianResult(
    rounds.slice(1).map(({ seconds, cpuMs, rssPeakMiB }) => ({
      subject,
      scenario,
      rps: 1 / seconds,
      p50Ms: seconds * 1_000,
      p99Ms: seconds * 1_000,
      cpuUsPerRequest: cpuMs * 1_000,
      rssMiB: rssPeakMiB,
      errors: 0,
    })),
  )
}

function judge(way: string, measured: Measured): readonly Verdict[] {
  const of = (name: string) => [...measured].find(([subject]) => subject.name === name)?.[1]
  const [ours, nginx] = [of('mtls-gateway'), of('nginx')]
  if (ours === undefined) return []
  const growth = Math.max(...ours.map(({ rssPeakMiB, rssBeforeMiB }) => rssPeakMiB - rssBeforeMiB))
  const seconds = (results: readonly TransferResult[]) => median(results.slice(1).map((result) => result.seconds))
  return [
    atMost(64, `${way}: RSS grows`, growth, 'MiB'),
    ...(nginx ? [atLeast(0.5, `${way}: throughput, of that of nginx`, seconds(nginx) / seconds(ours), 'x')] : []),
  ]
}
