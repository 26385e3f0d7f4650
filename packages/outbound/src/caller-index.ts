import type { AccountId } from '@mtls-gateway/domain'
import type { CallerPools } from './caller-pools.ts'

/** Which callers there are: those that take requests by key and by last use, and by account those that drain as well. */
export class CallerIndex {
  /** The least recently used first. */
  readonly #live = new Map<string, CallerPools>()
  readonly #byAccount = new Map<AccountId, Set<CallerPools>>()
  #newest: CallerPools | undefined

  get liveCount(): number {
    return this.#live.size
  }

  /** The live one with this key, which counts as used now. */
  use(key: string): CallerPools | undefined {
    if (this.#newest?.key === key) return this.#newest
    const pools = this.#live.get(key)
    if (pools === undefined) return undefined
    this.#live.delete(key)
    this.#live.set(key, pools)
    this.#newest = pools
    return pools
  }

  add(pools: CallerPools): void {
    this.#live.set(pools.key, pools)
    this.#newest = pools
    const ofAccount = this.#byAccount.get(pools.accountId) ?? new Set()
    this.#byAccount.set(pools.accountId, ofAccount.add(pools))
  }

  leastRecentlyUsed(): CallerPools | undefined {
    return this.#live.values().next().value
  }

  /** It takes no more requests. A version that came back meanwhile has a new entry under the same key, which stays. */
  takeOut(pools: CallerPools): void {
    if (this.#live.get(pools.key) === pools) this.#live.delete(pools.key)
    if (this.#newest === pools) this.#newest = undefined
  }

  /** It has no more requests. */
  forget(pools: CallerPools): void {
    const ofAccount = this.#byAccount.get(pools.accountId)
    ofAccount?.delete(pools)
    if (ofAccount?.size === 0) this.#byAccount.delete(pools.accountId)
  }

  ofAccount(accountId: AccountId): CallerPools[] {
    return [...(this.#byAccount.get(accountId) ?? [])]
  }

  all(): CallerPools[] {
    return [...this.#byAccount.values()].flatMap((ofAccount) => [...ofAccount])
  }
}
