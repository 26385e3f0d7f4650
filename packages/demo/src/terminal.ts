import { paint, remindOf, safeJson, safeScreen } from '@mtls-gateway/terminal'

/** What became of one step. */
export interface StepReport {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  /** What came out of it, or what went wrong. */
  readonly result: string
  /** What the service answered where that is why it went wrong. */
  readonly problem?: AnsweredProblem
}

/** What is shown of an `application/problem+json` answer. */
export interface AnsweredProblem {
  readonly status: number
  readonly code?: string
  readonly detail?: string
}

export interface TerminalOptions {
  /** One JSON object a step and nothing else on `out`. */
  readonly json: boolean
  readonly colour: boolean
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** How often it says that a step is still running. */
  readonly remindMs?: number
}

const stepWidth = 40
const timeWidth = 7

/** Where the demo tells what it does. */
export class Terminal {
  readonly #options: TerminalOptions

  constructor(options: TerminalOptions) {
    this.#options = options
  }

  step(report: StepReport): void {
    const { json, colour, out } = this.#options
    out(`${json ? safeJson(JSON.stringify(report)) : safeScreen(stepLine(report, colour), colour)}\n`)
  }

  /** Says `text` on stderr now and then, until it is disposed of: whoever waits sees what for. */
  remind(text: () => string): Disposable {
    return remindOf({ write: this.#options.err }, text, this.#options.remindMs)
  }

  /** For people: left out of JSON output. */
  text(text: string): void {
    if (!this.#options.json) this.#options.out(`${safeScreen(text, this.#options.colour)}\n`)
  }

  /** What went wrong beside the steps; with JSON output too, so that it is never lost. */
  complain(text: string): void {
    this.#options.err(`${safeScreen(text, false)}\n`)
  }
}

/** In aligned columns; what went wrong has lines of its own below. */
export function stepLine({ step, ok, ms, result }: StepReport, colour: boolean): string {
  const mark = ok ? paint('✓', 32, colour) : paint('✗', 31, colour)
  const columns = `${mark} ${step.padEnd(stepWidth)} ${paint(duration(ms).padStart(timeWidth), 2, colour)}`
  return ok ? `${columns}  ${result}` : `${columns}\n  ${result.trimEnd().replaceAll('\n', '\n  ')}`
}

/** `12 ms`, from one second on `1.2 s`. */
export function duration(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
