/** How much longer a run will take, judging by how long its files took the last time, or are said to take. */
export class RemainingTime {
  readonly #workers: number
  #leftMs: number

  /** @param expectedMs of all files together */
  constructor(expectedMs: number, workers: number) {
    this.#workers = workers
    this.#leftMs = expectedMs
  }

  fileDone(expectedMs = 0): void {
    this.#leftMs -= expectedMs
  }

  /** In milliseconds. The pace of this run would mislead: for long, only short files are done. */
  get ms(): number {
    return Math.max(0, this.#leftMs) / this.#workers
  }
}

/** `3 min 20 s`, `40 s` */
export function spoken(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
