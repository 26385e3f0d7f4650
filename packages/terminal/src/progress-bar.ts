import { safeText } from './safe-text.ts'

/** A stream of the process. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

const barWidth = 30
const redrawMs = 100
/** Back to the first column, and the rest of the line erased (ECMA-48, EL). */
const clearLine = '\r\u001b[K'

/** One line that is drawn over again, on a terminal; into a file or a pipe nothing is written. */
export class ProgressBar {
  readonly #stream: ProgressStream
  readonly #now: () => number
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
  }

  show(done: number, total: number, text: string): void {
    if (!this.#stream.isTTY) return
    if (done < total && this.#now() - this.#drawnAt < redrawMs) return
    this.#drawnAt = this.#now()
    const share = total === 0 ? 1 : done / total
    const filled = Math.round(share * barWidth)
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    const line = `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${safeText(text)}`
    this.#stream.write(clearLine + line.slice(0, (this.#stream.columns ?? 80) - 1))
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(clearLine)
  }
}
