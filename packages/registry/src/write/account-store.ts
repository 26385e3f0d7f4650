import { type Account, type AccountId, type AppKey, emptyAccount, type Invitation } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, isStoreError, type SecretStore, type SecretValue } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import {
  type AccountBlocks,
  accountFull,
  encodeAccount,
  type ReadAccount,
  readAccount,
  readLists,
} from '../format/account-codec.ts'
import type { EpochWatch } from '../store-epoch.ts'

interface StoredAccount {
  readonly account: Account
  /** The version of the stored secret, for the compare-and-set; 0 if there is none. Not the account's revision. */
  readonly version: number
  /** What it was read from; undefined of a small account. */
  readonly blocks?: AccountBlocks | undefined
  /** How many of its records had to be parsed: the others are those of an earlier reading. */
  readonly parsed: number
  /** What a later release has added beside the account. */
  readonly added?: SecretValue | undefined
}

/** An account that is older in the store than it was before: the store was put back to an older copy. */
export interface OlderAccount {
  readonly accountId: AccountId
  readonly revision: number
  /** The revision at which it was seen before. */
  readonly seen: number
}

interface AccountStoreOptions {
  /** Documents say in which epoch they were written. */
  readonly epochs?: Pick<EpochWatch, 'current' | 'onChanged'> | undefined
  /** Told each time. Must not throw. */
  readonly onOlder?: ((older: OlderAccount) => void) | undefined
}

/**
 * Account documents as they are in the store, which is asked each time. What has not changed since the last reading is
 * taken from there.
 */
export class AccountStore {
  readonly #store: SecretStore
  readonly #options: AccountStoreOptions
  readonly #seen = new SeenRevisions()
  readonly #slices = new TimeSlices()
  readonly #recent = recentBlocks()
  /** What readings took, for the changes' sake, too. */
  readonly costs = new ReadingCosts()

  constructor(store: SecretStore, options: AccountStoreOptions = {}) {
    this.#store = store
    this.#options = options
    options.epochs?.onChanged(() => this.#seen.clear())
  }

  /** One that was never written is empty. @throws StoreError; CodedError `STORE_NEWER` */
  async read(accountId: AccountId): Promise<StoredAccount> {
    const seenBefore = this.#seen.of(accountId)
    const stored = await this.#store.get(accountPath(accountId))
    if (stored === undefined) return { account: emptyAccount(accountId), version: 0, parsed: 0 }
    const before = this.#recent.get(accountId)
    const read = { ...(await readAccount(stored.value, accountId, this.#slices, before)), version: stored.version }
    // Undefined, of an account that is not large, deletes what there was.
    this.#recent.set(accountId, read.blocks)
    this.costs.note(read)
    const { revision } = read.account
    if (this.#seen.isOlder(accountId, revision, seenBefore)) {
      this.#options.onOlder?.({ accountId, revision, seen: seenBefore })
    }
    this.#seen.note(accountId, revision)
    return read
  }

  /** Whether the account is older now than it was seen in this epoch of the store. @throws as {@link read} */
  async isOlderThanSeen(accountId: AccountId): Promise<boolean> {
    const seenBefore = this.#seen.of(accountId)
    const { account } = await this.read(accountId)
    return this.#seen.isOlder(accountId, account.revision, seenBefore)
  }

  /** None for an account that was never written. @throws as {@link read} */
  async appKeys(accountId: AccountId): Promise<readonly AppKey[]> {
    return (await this.#lists(accountId, ['appKeys']))?.appKeys ?? []
  }

  /** None for an account that was never written. @throws as {@link read} */
  async invitations(accountId: AccountId): Promise<readonly Invitation[]> {
    return (await this.#lists(accountId, []))?.invitations ?? []
  }

  async #lists(accountId: AccountId, names: Parameters<typeof readLists>[3]): Promise<Account | undefined> {
    const stored = await this.#store.get(accountPath(accountId))
    return stored && readLists(stored.value, accountId, this.#slices, names)
  }

  /** @throws StoreError `conflict`, `unavailable`, ...; CodedError `ACCOUNT_FULL` */
  async replace({ account, version, blocks, added }: Omit<StoredAccount, 'parsed'>, next: Account): Promise<void> {
    const shrinks = recordCount(next) < recordCount(account)
    const value = await encodeAccount(next, this.#slices, {
      shrinks,
      before: blocks,
      added,
      epoch: this.#options.epochs?.current,
    })
    try {
      await this.#store.put(accountPath(next.accountId), value, version)
      this.#seen.note(next.accountId, next.revision)
    } catch (error) {
      throw isStoreError(error, 'too-large') ? accountFull(error) : error
    }
  }
}

function recordCount(account: Account): number {
  const { certificates, mappings, appKeys, invitations = [] } = account
  return certificates.length + mappings.length + appKeys.length + invitations.length
}

/** For the accounts that were read or written last. */
const maxAccounts = 10_000

/** The highest revision at which each account was seen in this epoch of the store. */
class SeenRevisions {
  readonly #revisions = new LRUCache<AccountId, number>({ max: maxAccounts })

  /** Ask before an account is read: a change may be made while the read is under way. */
  of(accountId: AccountId): number {
    return this.#revisions.get(accountId) ?? 0
  }

  note(accountId: AccountId, revision: number): void {
    if (revision > this.of(accountId)) this.#revisions.set(accountId, revision)
  }

  /** Whether what was read shows that the store was put back. An account that is gone may be an operator's doing. */
  isOlder(accountId: AccountId, revision: number, seenBefore: number): boolean {
    return revision > 0 && revision < Math.min(seenBefore, this.of(accountId))
  }

  /** For a new epoch. */
  clear(): void {
    this.#revisions.clear()
  }
}

/**
 * Characters of all accounts together: 100,000 mappings as most are. In memory they take about twice as many bytes.
 * Some records are ten times as long as others, so their number would be no limit.
 */
const maxLength = 40_000_000
/** Whoever looks at an account asks again soon, or not at all. */
const keptMs = 60_000

/**
 * For what large accounts consisted of when they were read last. It is never answered with: it saves the next reading
 * from parsing again what has not changed since.
 */
export function recentBlocks(): LRUCache<AccountId, AccountBlocks> {
  return new LRUCache({ maxSize: maxLength, sizeCalculation: lengthOf, ttl: keptMs, ttlAutopurge: true })
}

function lengthOf({ lists }: AccountBlocks): number {
  const blocks = Object.values(lists).flat()
  return blocks.reduce((sum, { packed, length }) => sum + packed.length + length, 1)
}

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
class ReadingCosts {
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
