import { setTimeout } from 'node:timers/promises'

/** Lets calls begin evenly, so many a second at most, and none after the signal. */
export class Pace {
  readonly #intervalMs: number
  readonly #signal: AbortSignal
  #next = 0

  constructor(perSecond: number, signal: AbortSignal) {
    this.#intervalMs = 1_000 / perSecond
    this.#signal = signal
  }

  /** Resolves when the next call may begin. @throws the signal's reason */
  async turn(): Promise<void> {
    const now = performance.now()
    const mine = Math.max(now, this.#next)
    this.#next = mine + this.#intervalMs
    this.#signal.throwIfAborted()
    if (mine > now) await setTimeout(mine - now, undefined, { signal: this.#signal })
  }
}

/** Does the work for every item, at most so many at once. Rejects with the first error, once what began has ended. */
export async function inParallel<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>) {
  const queue = items[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = queue.next(); failures.length === 0 && !next.done; next = queue.next()) {
      await work(next.value).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failures.length > 0) throw failures[0]
}
