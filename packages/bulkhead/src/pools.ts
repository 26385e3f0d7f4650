import type { ErrorCode } from '@mtls-gateway/domain'

export interface Pool {
  readonly service: 'config-api' | 'forwarder-api' | 'both'
  /** What there is so much of. */
  readonly unit: 'calls' | 'bytes' | 'processes' | 'connections'
  /** What the owner of a permit is: one tenant, or whoever sends from one address before it is known whose tenant it is. */
  readonly owner: 'account' | 'address'
  readonly meaning: string
  /** The code of whoever is turned away. */
  readonly code: ErrorCode
  readonly retryAfterSeconds: number
  /** What whoever is turned away is told: where its own share is used up, and where it is the total. */
  readonly ofOwner: string
  readonly ofAll: string
}

/** Everything that is divided, in both services: docs/fair-shares.md says how, and a test holds this list against the code. */
export const pools = {
  'forward-calls': {
    service: 'forwarder-api',
    unit: 'calls',
    owner: 'account',
    meaning: 'Calls that are with their targets.',
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 1,
    ofOwner: 'Too many calls of this account are in flight. Wait for some to end and try again.',
    ofAll: 'Too many calls are in flight. Try again in a second.',
  },
} as const satisfies Record<string, Pool>

export type PoolName = keyof typeof pools
