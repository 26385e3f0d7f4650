import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import { type AccountId, isPromise } from '@mtls-gateway/domain'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { CallerIndex } from './identity-index.ts'
import type { CallerPools } from './identity-pools.ts'
import { hotIdentityBytes } from './identity-weight.ts'

/** How the memory of callers is divided, in bytes: a tenth of it is kept for accounts that have no caller. */
export function callerLimits({
  maxCallers,
  maxCallersPerAccount,
}: Pick<ConnectionSettings, 'maxCallers' | 'maxCallersPerAccount'>): BulkheadLimits {
  const reserved = Math.floor(maxCallers / 10)
  return {
    total: maxCallers * hotIdentityBytes,
    share: Math.min(maxCallersPerAccount, maxCallers - reserved) * hotIdentityBytes,
    reserve: reserved * hotIdentityBytes,
  }
}

export interface CallerRoomOptions {
  readonly bulkhead: Bulkhead
  /** What it is divided by. */
  readonly limits: BulkheadLimits
  readonly callers: CallerIndex
  /** Takes the one that gives way out of the index before it returns. */
  readonly evict: (pools: CallerPools) => void
}

/**
 * Finds room for one more caller. Where there is none, one that is idle gives way: the least recently used of the
 * account itself where that has more than its equal part, else that of an account that has more. Calls under way are
 * never ended for it.
 */
export class CallerRoom {
  readonly #options: CallerRoomOptions

  constructor(options: CallerRoomOptions) {
    this.#options = options
  }

  /** @throws CodedError `TOO_MANY_CALLS`: all that could give way have calls */
  take(accountId: AccountId, bytes: number): Permit {
    const { bulkhead, evict } = this.#options
    for (;;) {
      const permit = bulkhead.tryAcquire(accountId, bytes)
      if (permit !== undefined) return permit
      const pools = this.#victim(accountId, bytes)
      if (pools === undefined) return refuse(bulkhead, accountId, bytes)
      evict(pools)
    }
  }

  #victim(accountId: AccountId, bytes: number): CallerPools | undefined {
    const { callers, limits } = this.#options
    const held = callers.bytesOf(accountId)
    const ownIdle = () => callers.oldestIdle((pools) => pools.accountId === accountId)
    if (held + bytes > limits.share) return ownIdle()
    const equalPart = limits.total / (callers.accountCount + (held === 0 ? 1 : 0))
    const own = held > 0 && held + bytes > equalPart ? ownIdle() : undefined
    if (own !== undefined) return own
    const most = Math.max(equalPart, held + bytes)
    const ofTheRich = callers.oldestIdle((pools) => callers.bytesOf(pools.accountId) >= most)
    // Who has nothing yet gets in wherever somebody is idle.
    return ofTheRich ?? (held === 0 ? callers.oldestIdle(() => true) : undefined)
  }
}

/** Counted, and by the pool's own words. */
function refuse(bulkhead: Bulkhead, accountId: AccountId, bytes: number): Permit {
  const permit = bulkhead.acquire(accountId, bytes)
  if (isPromise(permit)) throw new TypeError('nobody waits for room')
  return permit
}
