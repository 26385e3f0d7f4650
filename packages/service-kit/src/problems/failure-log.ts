import { isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'
import type { Problem } from './problem.ts'

/**
 * Logs the error behind a problem if the operator has to see it: an internal error (with its stack), or damage. For
 * outages, the request's own line has the code.
 */
export function logFailure(log: Log, error: unknown, { status, body }: Problem): void {
  const told = isCodedError(error) && body.code !== 'STORE_DAMAGED' && body.code !== 'INTERNAL_ERROR'
  if (status < 500 || told) return
  log.error({ event: 'failure', code: body.code, requestId: body.instance, err: error })
}
