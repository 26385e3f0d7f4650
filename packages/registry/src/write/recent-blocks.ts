import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { AccountBlocks } from '../format/account-codec.ts'

/**
 * Characters of all accounts together: 100,000 mappings as most are. In memory they take about twice as many bytes.
 * Some records are ten times as long as others, so their number would be no limit.
 */
const maxLength = 40_000_000
/** Whoever looks at an account asks again soon, or not at all. */
const keptMs = 60_000

/**
 * What large accounts consisted of when they were read last. It is never answered with: it saves the next reading from
 * parsing again what has not changed since.
 */
export class RecentBlocks {
  readonly #kept = new LRUCache<AccountId, AccountBlocks>({
    maxSize: maxLength,
    sizeCalculation: lengthOf,
    ttl: keptMs,
    ttlAutopurge: true,
  })

  of(accountId: AccountId): AccountBlocks | undefined {
    return this.#kept.get(accountId)
  }

  /** @param blocks undefined of an account that is not large */
  keep(accountId: AccountId, blocks: AccountBlocks | undefined): void {
    if (blocks === undefined) this.#kept.delete(accountId)
    else this.#kept.set(accountId, blocks)
  }
}

function lengthOf({ lists }: AccountBlocks): number {
  const blocks = Object.values(lists).flat()
  return blocks.reduce((sum, { packed, length }) => sum + packed.length + length, 1)
}
