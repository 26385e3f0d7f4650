import { safeText } from './safe-text.ts'

/** A stream of the process. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

const barWidth = 30
const redrawMs = 100
const plainMs = 10_000
/** Back to the first column, and the rest of the line erased (ECMA-48, EL). */
const clearLine = '\r\u001b[K'

export interface ProgressOptions {
  /**
   * `true`, for a command that works for minutes: where there is no terminal, it writes a plain line every ten seconds.
   * Otherwise it writes nothing there.
   */
  readonly writesLines?: boolean
  readonly now?: () => number
}

/** One line that is drawn over again, on a terminal. */
export class ProgressBar {
  readonly #stream: ProgressStream
  readonly #writesLines: boolean
  readonly #now: () => number
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, { writesLines = false, now = () => performance.now() }: ProgressOptions = {}) {
    this.#stream = stream
    this.#writesLines = writesLines
    this.#now = now
  }

  show(done: number, total: number, text: string): void {
    const { isTTY } = this.#stream
    if (!isTTY && !this.#writesLines) return
    if (done < total && this.#now() - this.#drawnAt < (isTTY ? redrawMs : plainMs)) return
    this.#drawnAt = this.#now()
    const share = total === 0 ? 1 : done / total
    const percent = `${String(Math.floor(share * 100)).padStart(3)} %  ${safeText(text)}`
    if (!isTTY) {
      this.#stream.write(`${percent}\n`)
      return
    }
    const filled = Math.round(share * barWidth)
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    this.#stream.write(clearLine + `${bar} ${percent}`.slice(0, (this.#stream.columns ?? 80) - 1))
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(clearLine)
  }
}
