import { type CodedError, isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { Problem } from './problem.ts'

/** What a later release has stored is refused again with each call: it is logged once in this time. */
const newerEveryMs = 10_000
const repeatsByLog = new WeakMap<Log, Repeats>()

/**
 * Logs the error behind a problem if the operator has to see it: an internal error (with its stack), damage, data of a
 * later release, or the cause of an outage. As an outage refuses many requests, its cause is logged once a minute.
 */
export function logFailure(log: Log, error: unknown, { status, body }: Problem): void {
  if (body.code === 'STORE_NEWER') logNewer(log, body)
  else if (status === 503 && isCodedError(error) && error.cause !== undefined) logOutage(log, error, body)
  const told = isCodedError(error) && body.code !== 'STORE_DAMAGED' && body.code !== 'INTERNAL_ERROR'
  if (status < 500 || told) return
  log.error({ event: 'failure', code: body.code, requestId: body.instance, err: error })
}

function logNewer(log: Log, { instance, detail }: Problem['body']): void {
  if (!repeatsOf(log).due('store-newer', newerEveryMs)) return
  log.error({ event: 'store-newer', requestId: instance }, detail)
}

function logOutage(log: Log, { code, cause }: CodedError, { instance }: Problem['body']): void {
  const times = repeatsOf(log).due(code)
  if (times !== undefined) log.warn({ event: 'unavailable', code, times, requestId: instance, err: cause })
}

function repeatsOf(log: Log): Repeats {
  const repeats = repeatsByLog.get(log) ?? new Repeats()
  repeatsByLog.set(log, repeats)
  return repeats
}
