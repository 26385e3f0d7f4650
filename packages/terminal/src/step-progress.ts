import { ProgressBar, type ProgressStream } from './progress-bar.ts'
import { safeText } from './safe-text.ts'

/** How far work is that takes minutes. */
export interface Steps {
  /** So many more are to come. */
  expect(count: number): void
  /** One begins; the one before has ended. */
  next(text: string): void
  /** The one that runs has ended. `result` is what came out of it, in a few words. */
  end(result?: string): void
}

const reminderMs = 30_000

/**
 * On a terminal, a bar. Elsewhere a line for each step when it ends, and one every half minute while a step is running:
 * whoever reads a log sees that something happens, and what takes so long.
 */
export class StepProgress implements Steps, Disposable {
  readonly #stream: ProgressStream
  readonly #bar: ProgressBar
  readonly #reminderMs: number
  #begun = 0
  #expected = 0
  #running: { readonly text: string; readonly since: number; readonly reminder: Disposable | undefined } | undefined

  constructor(stream: ProgressStream, { everyMs = reminderMs }: { readonly everyMs?: number } = {}) {
    this.#stream = stream
    this.#bar = new ProgressBar(stream)
    this.#reminderMs = everyMs
  }

  expect(count: number): void {
    this.#expected += count
  }

  next(text: string): void {
    this.end()
    this.#bar.show(this.#begun++, this.#expected, text)
    const since = performance.now()
    const reminder = this.#stream.isTTY
      ? undefined
      : remindOf(this.#stream, () => `${this.#counted(text)}: ${seconds(since)} so far`, this.#reminderMs)
    this.#running = { text, since, reminder }
  }

  end(result?: string): void {
    this.#finish((took) => (result === undefined ? took : `${result}, ${took}`))
  }

  /** Nothing more comes. A step that is running has not ended well. */
  [Symbol.dispose](): void {
    this.#finish((took) => `not finished after ${took}`)
    this.#bar.clear()
  }

  #finish(outcome: (took: string) => string): void {
    if (this.#running === undefined) return
    const { text, since, reminder } = this.#running
    this.#running = undefined
    reminder?.[Symbol.dispose]()
    if (!this.#stream.isTTY) this.#stream.write(`${this.#counted(text)}: ${safeText(outcome(seconds(since)))}\n`)
  }

  /** `[ 3/42] nginx, round 1 of 3` */
  #counted(text: string): string {
    const total = String(Math.max(this.#expected, this.#begun))
    return `[${String(this.#begun).padStart(total.length)}/${total}] ${safeText(text)}`
  }
}

/** Writes a line now and then while something takes long, until it is disposed of. */
export function remindOf(stream: ProgressStream, text: () => string, everyMs = reminderMs): Disposable {
  const timer = setInterval(() => stream.write(`${text()}\n`), everyMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`
}
