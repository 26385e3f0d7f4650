import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { CallerPools } from './caller-pools.ts'

/** Which callers there are: those that take requests by key and by last use, and by account those that drain as well. */
export class CallerIndex {
  readonly #live: LRUCache<string, CallerPools>
  readonly #byAccount = new Map<AccountId, Set<CallerPools>>()

  /** @param onTooMany is told of the least recently used one, which takes no more requests */
  constructor(max: number, onTooMany: (pools: CallerPools) => void) {
    this.#live = new LRUCache({
      max,
      disposeAfter: (pools, _key, reason) => {
        if (reason === 'evict') onTooMany(pools)
      },
    })
  }

  get liveCount(): number {
    return this.#live.size
  }

  /** The live one with this key, which counts as used now. */
  use(key: string): CallerPools | undefined {
    return this.#live.get(key)
  }

  add(pools: CallerPools): void {
    this.#live.set(pools.key, pools)
    const ofAccount = this.#byAccount.get(pools.accountId) ?? new Set()
    this.#byAccount.set(pools.accountId, ofAccount.add(pools))
  }

  /** It takes no more requests. A version that came back meanwhile has a new entry under the same key, which stays. */
  takeOut(pools: CallerPools): void {
    if (this.#live.peek(pools.key) === pools) this.#live.delete(pools.key)
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
