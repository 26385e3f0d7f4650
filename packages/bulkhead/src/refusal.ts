import { CodedError } from '@mtls-gateway/domain'
import { type Pool, type PoolName, pools } from './pools.ts'

/** What whoever is turned away by a pool is told. */
export function poolExhausted(name: PoolName, byOwnShare: boolean): CodedError {
  const { code, ofOwner, ofAll, retryAfterSeconds }: Pool = pools[name]
  return new CodedError(code, byOwnShare ? ofOwner : ofAll, { retryAfterSeconds })
}

/** For what is asked of a part of a service that is closed, and for what it was doing when it was closed. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}
