import { paint, table, usesColour } from '@mtls-gateway/terminal'
import type { Finding } from '../engine/findings.ts'
import { findingKey } from '../engine/target.ts'
import type { TargetProcess } from './target-process.ts'

const everyMs = 500
/** Where lines cannot be drawn over again. */
const plainEvery = 20

type Shown = Pick<TargetProcess, 'name' | 'report' | 'begunAt'>

/**
 * Shows how far each target is: on a terminal by lines that are drawn over again, else by a plain line now and then.
 * What was found is told as soon as it is known.
 */
export class Display {
  readonly #targets: readonly Shown[]
  readonly #seconds: number
  readonly #stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>
  readonly #timer: NodeJS.Timeout
  readonly #told = new Set<string>()
  #drawn = 0
  #ticks = 0

  constructor(
    targets: readonly Shown[],
    seconds: number,
    stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
  ) {
    this.#targets = targets
    this.#seconds = seconds
    this.#stream = stream
    this.#timer = setInterval(() => this.#show(++this.#ticks % plainEvery === 0), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#show(false)
  }

  #show(isTime: boolean): void {
    const news = this.#targets.flatMap((target) => this.#news(target))
    const isLive = this.#stream.isTTY
    const progress = isLive || isTime ? this.#targets.map((target) => progressLine(target, this.#seconds)) : []
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[J` : ''
    const text = up + [...news, ...progress].map((line) => `${line}\n`).join('')
    if (text !== '') this.#stream.write(text)
    this.#drawn = isLive ? progress.length : 0
  }

  /** A sentence for each finding that has not been told yet. */
  #news({ report }: Shown): readonly string[] {
    const all = [
      ...report.findings.map((each) => `${each.target} FOUND: ${sentence(each)}`),
      ...report.notRepeated.map((each) => `${each.target} saw, not repeated: ${sentence(each)}`),
    ]
    const fresh = all.filter((line) => !this.#told.has(findingKey(line)))
    for (const line of fresh) this.#told.add(findingKey(line))
    return fresh
  }
}

function sentence({ finding, remark }: Finding): string {
  return remark === '' ? finding : `${finding} (${remark})`
}

function progressLine({ name, report, begunAt }: Shown, seconds: number): string {
  if (begunAt === undefined) return `${name.padEnd(10)} is being prepared`
  const past = (performance.now() - begunAt) / 1_000
  const left = Math.max(0, Math.round(seconds - past))
  const figures = `${report.cases} cases, ${perSecond(report.cases, past)}/s, corpus ${report.corpus}, reached ${report.reached}`
  const found = report.findings.length === 0 ? 'no findings' : `${report.findings.length} FINDINGS`
  const notRepeated = timesIn(report.notRepeated)
  const more = notRepeated === 0 ? '' : `, ${notRepeated} not repeated`
  return `${name.padEnd(10)} ${figures}, ${found}${more}, ${report.isDone ? 'done' : `${left} s left`}`
}

function timesIn(findings: readonly Finding[]): number {
  return findings.reduce((sum, { times }) => sum + times, 0)
}

function perSecond(cases: number, seconds: number): number {
  return seconds < 1 ? cases : Math.round(cases / seconds)
}

/** The results, what was found with the command that shows it again, and what is missing on this machine. */
export function summary(targets: readonly Shown[], seconds: number, seed: number): string {
  const rows = targets.map(({ name, report: { cases, corpus, reached, findings, notRepeated } }) => [
    name,
    cases,
    perSecond(cases, seconds),
    corpus,
    reached,
    findings.length,
    timesIn(notRepeated),
  ])
  const red = (text: string) => paint(text, 31, usesColour(process.stdout, process.env))
  const told = (each: Finding, text: string) =>
    `\n${text} (${each.times} times)\n  npm run fuzz -- --only ${each.target} ${each.path}`
  const reports = targets.map(({ report }) => report)
  return [
    table(['target', 'cases', 'cases/s', 'corpus', 'reached', 'findings', 'not repeated'], rows),
    ...reports.flatMap(({ findings }) => findings).map((each) => told(each, red(`${each.target}: ${sentence(each)}`))),
    ...reports
      .flatMap(({ notRepeated }) => notRepeated)
      .map((each) => told(each, `${each.target}, not repeated: ${sentence(each)}`)),
    ...reports.flatMap(({ notes }) => notes).map((note) => `\n${red(note)}`),
    `\nseed ${seed}`,
  ].join('\n')
}
