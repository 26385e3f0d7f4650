import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { AccountBlocks } from '../format/account-codec.ts'

/** Some 1 KB each, of all accounts together. */
const maxRecords = 50_000
/** Whoever looks at an account asks again soon, or not at all. */
const keptMs = 60_000

/**
 * What large accounts consisted of when they were read last. It is never answered with: it saves the next reading from
 * parsing again what has not changed since.
 */
export class RecentBlocks {
  readonly #kept = new LRUCache<AccountId, AccountBlocks>({
    maxSize: maxRecords,
    sizeCalculation: recordsOf,
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

function recordsOf({ lists }: AccountBlocks): number {
  const blocks = Object.values(lists).flat()
  return blocks.reduce((sum, { records }) => sum + records.length, 1)
}
