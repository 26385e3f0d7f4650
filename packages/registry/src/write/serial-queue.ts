/** Runs jobs with the same key one after the other, in the order in which they came. */
export class SerialQueue<Key> {
  readonly #last = new Map<Key, Promise<unknown>>()

  /** The job is given what the one before it failed with, if it had to wait for one that failed. */
  async run<T>(key: Key, job: (failureBefore?: unknown) => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(() => job(), job)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
