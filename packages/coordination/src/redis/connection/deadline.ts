export class DeadlineError extends Error {
  readonly code = 'TIMEOUT'
}

/** Settles like `work`, or rejects with the code `TIMEOUT` after `ms`. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  // After a stall of this process the timer fires before the reply that waits in the socket, so that is read first.
  const timer = setTimeout(() => setImmediate(reject, new DeadlineError(`no answer within ${ms} ms`)), ms)
  work.then(resolve, reject).finally(() => clearTimeout(timer))
  return promise
}
