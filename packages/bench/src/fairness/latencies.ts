import { setTimeout } from 'node:timers/promises'

/** How long one tenant's operations took, in milliseconds, and how the failed ones ended. */
export interface Latencies {
  readonly ms: number[]
  readonly failures: string[]
}

export interface Operations {
  /** Rejects if it is refused, or fails otherwise. */
  readonly operate: () => Promise<void>
  /** Operations begun per second on average, at random intervals. Undefined: each begins when the last has ended. */
  readonly perSecond: number | undefined
}

/**
 * Operates for a while. With a rate, operations begin on schedule whether or not earlier ones have ended, so slow
 * operations don't make others fewer.
 */
export async function operateFor(seconds: number, { operate, perSecond }: Operations, into: Latencies): Promise<void> {
  const end = performance.now() + seconds * 1_000
  const once = async () => {
    const began = performance.now()
    try {
      await operate()
      into.ms.push(performance.now() - began)
    } catch (error) {
      into.failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  if (perSecond === undefined) {
    while (performance.now() < end) await once()
    return
  }
  const running: Promise<void>[] = []
  for (let next = performance.now(); next < end; next += (-Math.log(1 - Math.random()) * 1_000) / perSecond) {
    const wait = next - performance.now()
    if (wait > 0) await setTimeout(wait)
    running.push(once())
  }
  await Promise.all(running)
}
