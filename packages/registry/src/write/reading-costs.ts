import type { Account, AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { ReadAccount } from '../format/account-codec.ts'

/** For the accounts that were read last. */
const keptCosts = 10_000
/** A record that is only looked at takes less than a tenth of the time of one that is parsed, which is 3 us. */
const passedOver = 10
/** So many characters take as long to parse, to look through or to write as a short record. */
const charactersARecord = 2_048

interface Costs {
  readonly reading: number
  readonly whole: number
}

/** What reading accounts last took, in short records that are parsed. */
export class ReadingCosts {
  readonly #costs = new LRUCache<AccountId, Costs>({ max: keptCosts })

  /** 0 where that is not known. */
  of(accountId: AccountId): number {
    return this.#costs.get(accountId)?.reading ?? 0
  }

  /** What it would take to parse all of it. 0 where that is not known. */
  ofWhole(accountId: AccountId): number {
    return this.#costs.get(accountId)?.whole ?? 0
  }

  note(read: Pick<ReadAccount, 'account' | 'parsed' | 'blocks'>): void {
    const { account, parsed } = read
    const { accountId, mappings, certificates } = account
    const size = mappings.length + certificates.length
    const others = Math.max(0, size - parsed)
    const perRecord = weightOf(read)
    const reading = Math.ceil((parsed + Math.ceil(others / passedOver)) * perRecord)
    this.#costs.set(accountId, { reading, whole: Math.ceil(size * perRecord) })
  }
}

/** How many short records one of an account's records is worth on average. */
function weightOf({ account, blocks }: Pick<ReadAccount, 'account' | 'blocks'>): number {
  // A small account is not stored in blocks, and has few characters.
  const characters = Object.values(blocks?.lists ?? {})
    .flat()
    .reduce((sum, { length }) => sum + length, 0)
  return 1 + Math.floor(characters / charactersARecord) / Math.max(1, recordsOf(account))
}

function recordsOf({ mappings, certificates, appKeys, changes }: Account): number {
  return mappings.length + certificates.length + appKeys.length + changes.length
}
