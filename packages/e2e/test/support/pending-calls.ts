/** Calls of somebody hostile, who need not be answered: how they were, and an end to all of them. */
export class PendingCalls {
  /** The statuses of the calls that were answered. */
  readonly statuses: number[] = []
  readonly #end = new AbortController()
  readonly #calls: Promise<void>[] = []

  begin(url: string, init: RequestInit): void {
    this.#calls.push(this.#call(url, init))
  }

  /** Gives up those that are not answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#calls)
  }

  async #call(url: string, init: RequestInit): Promise<void> {
    try {
      const { status, body } = await fetch(url, { ...init, signal: this.#end.signal })
      this.statuses.push(status)
      await body?.cancel()
    } catch (error) {
      if (!this.#end.signal.aborted) throw error
    }
  }
}
