import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { IdentityPools } from './identity-pools.ts'

interface AccountIdentities {
  readonly all: Set<IdentityPools>
  bytes: number
}

/**
 * The identities and what they take: those that take requests by key and last use, and by account also those that
 * drain.
 */
export class IdentityIndex {
  readonly #live: LRUCache<string, IdentityPools>
  readonly #accounts = new Map<AccountId, AccountIdentities>()
  #round = 0

  /** @param max of those that take requests; whoever adds one more has taken one out */
  constructor(max: number) {
    this.#live = new LRUCache({ max })
  }

  get liveCount(): number {
    return this.#live.size
  }

  get accountCount(): number {
    return this.#accounts.size
  }

  /** About what its identities take, but for those that were idle when they were taken out. */
  bytesOf(accountId: AccountId): number {
    return this.#accounts.get(accountId)?.bytes ?? 0
  }

  /** The live one with this key, which counts as used now. */
  use(key: string): IdentityPools | undefined {
    const pools = this.#live.get(key)
    if (pools !== undefined) pools.lastRound = this.#round
    return pools
  }

  add(pools: IdentityPools): void {
    pools.lastRound = this.#round
    this.#live.set(pools.key, pools)
    const ofAccount = this.#accounts.get(pools.accountId) ?? { all: new Set(), bytes: 0 }
    ofAccount.all.add(pools)
    ofAccount.bytes += pools.bytes
    this.#accounts.set(pools.accountId, ofAccount)
  }

  /** It takes no more requests. A version that came back meanwhile has a new entry under the same key, which stays. */
  takeOut(pools: IdentityPools): void {
    if (this.#live.peek(pools.key) === pools) this.#live.delete(pools.key)
    if (!pools.isBusy) this.#uncount(pools)
  }

  /** It has no more requests. */
  forget(pools: IdentityPools): void {
    this.#uncount(pools)
    const ofAccount = this.#accounts.get(pools.accountId)
    ofAccount?.all.delete(pools)
    if (ofAccount?.all.size === 0) this.#accounts.delete(pools.accountId)
  }

  ofAccount(accountId: AccountId): IdentityPools[] {
    return [...(this.#accounts.get(accountId)?.all ?? [])]
  }

  all(): IdentityPools[] {
    return [...this.#accounts.values()].flatMap(({ all }) => [...all])
  }

  /** The least recently used of the live ones that has no call and is wanted. */
  oldestIdle(isWanted: (pools: IdentityPools) => boolean): IdentityPools | undefined {
    for (const pools of this.#live.rvalues()) if (pools && isWanted(pools) && !pools.isBusy) return pools
    return undefined
  }

  /** The idle ones that were not used since this was asked last. */
  unused(): IdentityPools[] {
    const unused: IdentityPools[] = []
    for (const pools of this.#live.rvalues()) {
      if (pools === undefined || pools.lastRound === this.#round) break
      if (!pools.isBusy) unused.push(pools)
    }
    this.#round++
    return unused
  }

  #uncount(pools: IdentityPools): void {
    const ofAccount = this.#accounts.get(pools.accountId)
    if (ofAccount === undefined || !pools.isCounted) return
    pools.isCounted = false
    pools.room.release()
    ofAccount.bytes -= pools.bytes
  }
}
