import { setTimeout } from 'node:timers/promises'

/** Asks again and again until it is so; throws with the last answer when it never is. It tells nothing of how fast. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${JSON.stringify(answer)}`)
    await setTimeout(25)
  }
}
