import { paint, table, usesColour } from '@mtls-gateway/terminal'
import type { TargetProcess } from './target-process.ts'

const plainEveryMs = 10_000
const liveEveryMs = 500

/** Shows how far each target is: on a terminal with lines that are redrawn, else with a plain line now and then. */
export class Display {
  readonly #targets: readonly TargetProcess[]
  readonly #seconds: number
  readonly #timer: NodeJS.Timeout
  readonly #stream = process.stderr
  #drawn = 0

  constructor(targets: readonly TargetProcess[], seconds: number) {
    this.#targets = targets
    this.#seconds = seconds
    this.#timer = setInterval(() => this.#show(), this.#stream.isTTY ? liveEveryMs : plainEveryMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    if (this.#stream.isTTY) this.#show()
  }

  #show(): void {
    const lines = this.#targets.map((target) => progressLine(target, this.#seconds))
    const [up, clear] = this.#stream.isTTY ? [`\u001b[${this.#drawn}A`, '\u001b[K'] : ['', '']
    this.#stream.write((this.#drawn > 0 ? up : '') + lines.map((line) => `${line}${clear}\n`).join(''))
    this.#drawn = lines.length
  }
}

function progressLine({ name, report, begunAt }: TargetProcess, seconds: number): string {
  if (begunAt === undefined) return `${name.padEnd(10)} is being prepared`
  const past = (performance.now() - begunAt) / 1_000
  const left = Math.max(0, Math.round(seconds - past))
  const figures = `${report.cases} cases, ${perSecond(report.cases, past)}/s, corpus ${report.corpus}, reached ${report.reached}`
  const found = report.findings.length === 0 ? 'no findings' : `${report.findings.length} FINDINGS`
  return `${name.padEnd(10)} ${figures}, ${found}, ${report.isDone ? 'done' : `${left} s left`}`
}

function perSecond(cases: number, seconds: number): number {
  return seconds < 1 ? cases : Math.round(cases / seconds)
}

/** The results, the findings with the command that shows each again, and what is missing on this machine. */
export function summary(targets: readonly TargetProcess[], seconds: number, seed: number): string {
  const rows = targets.map(({ name, report: { cases, corpus, reached, findings } }) => [
    name,
    cases,
    perSecond(cases, seconds),
    corpus,
    reached,
    findings.length,
  ])
  const found = targets.flatMap(({ report }) => report.findings)
  const red = (text: string) => paint(text, 31, usesColour(process.stdout, process.env))
  return [
    table(['target', 'cases', 'cases/s', 'corpus', 'reached', 'findings'], rows),
    ...found.map(
      ({ target, finding, path, times }) =>
        `\n${red(`${target}: ${finding}`)} (${times} times)\n  npm run fuzz -- --only ${target} ${path}`,
    ),
    ...targets.flatMap(({ report }) => report.notes).map((note) => `\n${red(note)}`),
    `\nseed ${seed}`,
  ].join('\n')
}
