import { CodedError } from '@mtls-gateway/domain'
import { type Pool, type PoolName, pools } from './pools.ts'

/** What whoever is turned away by a pool is told. */
export function poolExhausted(name: PoolName, byOwnShare: boolean): CodedError {
  const { code, ofOwner, ofAll, retryAfterSeconds }: Pool = pools[name]
  return new CodedError(code, byOwnShare ? ofOwner : ofAll, { retryAfterSeconds })
}
