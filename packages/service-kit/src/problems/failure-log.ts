import { isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'
import type { Problem } from './problem.ts'

/** What a later release has stored is refused again with each call: it is logged once in this time. */
const newerEveryMs = 10_000
const newerLoggedAt = new WeakMap<Log, number>()

/**
 * Logs the error behind a problem if the operator has to see it: an internal error (with its stack), damage, or data of
 * a later release. For outages, the request's own line has the code.
 */
export function logFailure(log: Log, error: unknown, { status, body }: Problem): void {
  if (body.code === 'STORE_NEWER') logNewer(log, body)
  const told = isCodedError(error) && body.code !== 'STORE_DAMAGED' && body.code !== 'INTERNAL_ERROR'
  if (status < 500 || told) return
  log.error({ event: 'failure', code: body.code, requestId: body.instance, err: error })
}

function logNewer(log: Log, { instance, detail }: Problem['body']): void {
  const now = performance.now()
  if (now - (newerLoggedAt.get(log) ?? Number.NEGATIVE_INFINITY) < newerEveryMs) return
  newerLoggedAt.set(log, now)
  log.error({ event: 'store-newer', requestId: instance }, detail)
}
