import { isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'
import type { Problem } from './problem.ts'

/**
 * Logs the error behind a problem if the operator has to see it: one that is not told to callers (with its stack), or
 * damage. Outages have their code in the request's own line.
 */
export function logFailure(log: Log, error: unknown, { status, body }: Problem): void {
  const told = isCodedError(error) && body.code !== 'STORE_DAMAGED' && body.code !== 'INTERNAL_ERROR'
  if (status < 500 || told) return
  log.error({ event: 'failure', code: body.code, requestId: body.instance, err: error })
}
