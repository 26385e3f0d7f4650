/** Runs jobs with the same key one after the other, in the order in which they came. */
export class SerialQueue<Key> {
  readonly #last = new Map<Key, Promise<unknown>>()

  async run<T>(key: Key, job: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(job, job)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
