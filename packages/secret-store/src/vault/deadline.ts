import { VaultFailure } from './vault-failure.ts'

/** Waits for what others wait for too, until one's own deadline; the rest go on waiting. */
export async function untilDeadline<T>(shared: Promise<T>, deadline: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new VaultFailure('unknown', 'Vault did not answer in time.'))
  deadline.addEventListener('abort', stop, { once: true })
  if (deadline.aborted) stop()
  try {
    return await Promise.race([shared, over])
  } finally {
    deadline.removeEventListener('abort', stop)
  }
}
