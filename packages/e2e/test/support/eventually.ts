import { setTimeout } from 'node:timers/promises'

/**
 * Asks again and again until it is so; throws with the last answer when it never is. It tells nothing of how fast: the
 * longer it has waited, the more seldom it asks, as each question takes processor time from the other tests.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const start = performance.now()
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    const waitedMs = performance.now() - start
    if (waitedMs > timeoutMs) throw new Error(`not so within ${timeoutMs} ms: ${JSON.stringify(answer)}`)
    await setTimeout(Math.min(Math.max(25, waitedMs / 20), 250))
  }
}
