import { setTimeout as delay } from 'node:timers/promises'
import { type FailureKind, isVaultFailure } from './vault-failure.ts'

const attempts = 3
const firstDelayMs = 100

/** What may be sent again: a read whatever became of it, a write only if it was certainly not done. */
export const retriable = {
  read: ['not-done', 'unknown'],
  write: ['not-done'],
} as const satisfies Record<string, readonly FailureKind[]>

/**
 * Tries up to three times, about 100 and 200 ms apart, with jitter so that the clients of a server that comes back
 * don't come all at once; not beyond the deadline.
 */
export async function withRetries<T>(
  kinds: readonly FailureKind[],
  deadline: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (tried === attempts || deadline.aborted || !isVaultFailure(error, ...kinds)) throw error
      // Aborted meanwhile: the next attempt fails at once.
      await delay(firstDelayMs * 2 ** (tried - 1) * (0.5 + Math.random()), undefined, { signal: deadline }).catch(
        () => {},
      )
    }
  }
}
