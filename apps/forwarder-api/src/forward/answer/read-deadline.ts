/** How long a caller may take to read what was written, in milliseconds: about 128 KiB, so at least 4 KiB a second. */
const limitMs = 30_000

/**
 * Gives up an answer that the caller does not read: it holds one of the account's calls and a connection to the target.
 */
export class ReadDeadline {
  readonly #giveUp: () => void
  readonly #limitMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(giveUp: () => void, limit = limitMs) {
    this.#giveUp = giveUp
    this.#limitMs = limit
  }

  /** Call it after a write that the caller has not read yet. */
  start(): void {
    this.#timer ??= setTimeout(this.#giveUp, this.#limitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
