import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { isPromise } from '@mtls-gateway/event-loop'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { CaList } from '../identities/target-trust.ts'
import type { IdentityIndex } from './identity-index.ts'
import type { IdentityPools } from './identity-pools.ts'

/** What an identity with one connection takes: its context, pool, TLS and what JavaScript keeps of them (ADR 60). */
export const hotIdentityBytes = 139 * 1024
/** The part of it that lies in V8's heap. Measured: 9,700 of them filled one of 560 MiB. */
export const hotIdentityHeapBytes = 56 * 1024

/** About what an identity takes of the process: as if it shared its context with nobody. */
export function identityBytes({
  trust,
}: {
  readonly trust?: { readonly ca?: CaList | undefined } | undefined
}): number {
  return hotIdentityBytes + (trust?.ca?.bytes ?? 0)
}

/** How the memory of identities is divided, in bytes: a tenth of it is kept for accounts that have no identity. */
export function identityLimits({
  maxIdentities,
  maxIdentitiesPerAccount,
}: Pick<ConnectionSettings, 'maxIdentities' | 'maxIdentitiesPerAccount'>): BulkheadLimits {
  const reserved = Math.floor(maxIdentities / 10)
  return {
    total: maxIdentities * hotIdentityBytes,
    share: Math.min(maxIdentitiesPerAccount, maxIdentities - reserved) * hotIdentityBytes,
    reserve: reserved * hotIdentityBytes,
  }
}

interface IdentityRoomOptions {
  readonly bulkhead: Bulkhead
  /** What it is divided by. */
  readonly limits: BulkheadLimits
  readonly identities: IdentityIndex
  /** Takes the one that gives way out of the index before it returns. */
  readonly evict: (pools: IdentityPools) => void
}

/**
 * Finds room for one more identity. Where there is none, one that is idle gives way: the least recently used of the
 * account itself where that has more than its equal part, else that of an account that has more. Calls under way are
 * never ended for it.
 */
export class IdentityRoom {
  readonly #options: IdentityRoomOptions

  constructor(options: IdentityRoomOptions) {
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

  #victim(accountId: AccountId, bytes: number): IdentityPools | undefined {
    const { identities, limits } = this.#options
    const held = identities.bytesOf(accountId)
    const ownIdle = () => identities.oldestIdle((pools) => pools.accountId === accountId)
    if (held + bytes > limits.share) return ownIdle()
    // The reserve is no part of what can be full: only newcomers get into it.
    const equalPart = (limits.total - limits.reserve) / (identities.accountCount + (held === 0 ? 1 : 0))
    const own = held > 0 && held + bytes > equalPart ? ownIdle() : undefined
    if (own !== undefined) return own
    const most = Math.max(equalPart, held + bytes)
    const ofTheRich = identities.oldestIdle((pools) => identities.bytesOf(pools.accountId) >= most)
    // Who has nothing yet gets in wherever somebody is idle; anyone else gives up one of its own.
    return ofTheRich ?? (held === 0 ? identities.oldestIdle(() => true) : ownIdle())
  }
}

/** Counted, and by the pool's own words. */
function refuse(bulkhead: Bulkhead, accountId: AccountId, bytes: number): Permit {
  const permit = bulkhead.acquire(accountId, bytes)
  if (isPromise(permit)) throw new TypeError('nobody waits for room')
  return permit
}
