import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is told otherwise. */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<{ at: number; wake: () => void }>()
  #now = 1_000

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { at: this.#now + ms, wake: resolve }
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', () => resolve())
    await promise
    this.#sleepers.delete(sleeper)
  }

  /** Lets time pass; whoever sleeps wakes at its own moment and gets on before time passes any further. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settle()
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.#now = next.at
      this.#sleepers.delete(next)
      next.wake()
    }
    this.#now = end
  }
}

/** Until everything that waits for nothing but the event loop has got on. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn()
}
