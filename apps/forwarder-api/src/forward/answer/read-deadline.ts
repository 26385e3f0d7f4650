import type { ServerResponse } from 'node:http'

/** For a caller to take what has been written for it, in milliseconds: some 128 KiB, so at least 4 KiB a second. */
const limitMs = 30_000

/**
 * Gives up an answer that its caller does not read: until it ends, it holds one of its account's calls and a connection
 * to its target.
 */
export class ReadDeadline {
  readonly #response: ServerResponse
  readonly #giveUp: () => void
  readonly #limitMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(response: ServerResponse, giveUp: () => void, limit = limitMs) {
    this.#response = response
    this.#giveUp = giveUp
    this.#limitMs = limit
  }

  /** To be called when something was written that has not been taken yet. */
  start(): void {
    this.#timer ??= setTimeout(this.#onLate, this.#limitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #onLate = (): void => {
    this.#timer = undefined
    // Behind the answer to an earlier request on the connection it is not the caller that it waits for.
    if (this.#response.socket === null) this.start()
    else this.#giveUp()
  }
}
