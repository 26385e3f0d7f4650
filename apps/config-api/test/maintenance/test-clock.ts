import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@mtls-gateway/registry'

/** Sleeps until the test wakes it. */
export class TestClock implements Clock {
  readonly slept: number[] = []
  #wake: () => void = () => {}

  now(): number {
    return 0
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (signal?.aborted) return
    this.slept.push(ms)
    this.#wake = resolve
    signal?.addEventListener('abort', () => resolve())
    await promise
  }

  async pass(): Promise<void> {
    this.#wake()
    for (let turns = 0; turns < 5; turns++) await turn()
  }
}
