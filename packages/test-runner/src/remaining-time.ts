/** How much longer a run will take, judging by how long its files took the last time. */
export class RemainingTime {
  readonly #files: number
  /** The total of all files; 0 if nothing is known. */
  readonly #expectedMs: number
  #doneFiles = 0
  #doneMs = 0

  constructor(files: number, expectedMs: number) {
    this.#files = files
    this.#expectedMs = expectedMs
  }

  /** `lastMs`: how long the file took the last time, if that is known. */
  fileDone(lastMs: number | undefined): void {
    this.#doneFiles++
    this.#doneMs += lastMs ?? 0
  }

  /** In milliseconds; undefined while nothing can be said. */
  after(elapsedMs: number): number | undefined {
    if (this.#doneFiles === 0) return undefined
    // The longest files come first. If nothing is known of new files, their number says more.
    const byTime = this.#expectedMs > 0 ? Math.min(1, this.#doneMs / this.#expectedMs) : 0
    const done = Math.max(byTime, this.#doneFiles / this.#files)
    return (elapsedMs * (1 - done)) / done
  }
}

/** `3 min 20 s`, `40 s` */
export function spoken(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
