import { type Account, type AccountId, emptyAccount } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, isStoreError, type SecretStore } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import type { ChangesOfAccount } from '../audit-trail.ts'
import {
  type AccountBlocks,
  accountFull,
  blocksIn,
  encodeAccount,
  type ReadAccount,
  readAccount,
} from '../format/account-codec.ts'
import type { EpochWatch } from '../store-epoch.ts'

interface StoredAccount extends ReadAccount {
  /** The version of the stored secret, for the compare-and-set; 0 if there is none. Not the account's revision. */
  readonly version: number
}

/** By which callers are known, and what everybody may know; nothing else of the account. */
export type Credentials = Pick<Account, 'appKeys' | 'invitations' | 'handovers' | 'signingKeys' | 'settings'>

/** An account that is older in the store than it was before: the store was put back to an older copy. */
export interface OlderAccount {
  readonly accountId: AccountId
  readonly revision: number
  /** The revision at which it was seen before. */
  readonly seen: number
}

/** What work on an account takes, in short records that are parsed; 0: not known. */
export interface AccountCosts {
  /** Reading it the last time, also for changes. */
  readonly reading: number
  /** Parsing all of it. */
  readonly whole: number
}

/** What is known of an account that was read or written lately. */
interface KnownAccount extends AccountCosts {
  /** The highest revision at which it was seen in this epoch of the store. */
  readonly seen: number
}

const nothing: KnownAccount = { seen: 0, reading: 0, whole: 0 }
const maxKnown = 10_000

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
  readonly #known = new LRUCache<AccountId, KnownAccount>({ max: maxKnown })
  readonly #slices = new TimeSlices()
  readonly #recent = recentBlocks()

  constructor(store: SecretStore, options: AccountStoreOptions = {}) {
    this.#store = store
    this.#options = options
    options.epochs?.onChanged(() => this.#known.clear())
  }

  /** One that was never written is empty. @throws StoreError; CodedError `STORE_NEWER` */
  async read(accountId: AccountId): Promise<StoredAccount> {
    const seenBefore = this.known(accountId).seen
    const stored = await this.#store.get(accountPath(accountId))
    if (stored === undefined) return { account: emptyAccount(accountId), version: 0, added: {} }
    const before = this.#recent.get(accountId)
    const read = { ...(await readAccount(stored.value, accountId, this.#slices, { before })), version: stored.version }
    // Undefined, of an account that is not large, deletes what there was.
    this.#recent.set(accountId, read.blocks)
    const { revision } = read.account
    // A change may have been made meanwhile, or a new epoch begun. That an account is gone may be an operator's doing.
    if (revision > 0 && revision < Math.min(seenBefore, this.known(accountId).seen)) {
      this.#options.onOlder?.({ accountId, revision, seen: seenBefore })
    }
    this.#note(accountId, revision, costsOf(read, before))
    return read
  }

  known(accountId: AccountId): KnownAccount {
    return this.#known.get(accountId) ?? nothing
  }

  /** None of an account that was never written. @throws as {@link read} */
  credentials(accountId: AccountId): Promise<Credentials> {
    return this.#readList(accountId, 'appKeys')
  }

  /** The changes that it holds itself. @throws as {@link read} */
  changes(accountId: AccountId): Promise<ChangesOfAccount> {
    return this.#readList(accountId, 'changes')
  }

  async #readList(accountId: AccountId, name: 'appKeys' | 'changes'): Promise<Account> {
    const stored = await this.#store.get(accountPath(accountId))
    if (stored === undefined) return emptyAccount(accountId)
    return (await readAccount(stored.value, accountId, this.#slices, { names: [name] })).account
  }

  /** @throws StoreError `conflict`, `unavailable`, ...; CodedError `ACCOUNT_FULL` */
  async replace({ account, version, blocks, added }: StoredAccount, next: Account): Promise<void> {
    const shrinks = recordCount(next) < recordCount(account)
    const value = await encodeAccount(next, this.#slices, {
      shrinks,
      before: blocks,
      added,
      epoch: this.#options.epochs?.current,
    })
    try {
      await this.#store.put(accountPath(next.accountId), value, version)
      this.#note(next.accountId, next.revision)
    } catch (error) {
      throw isStoreError(error, 'too-large') ? accountFull(error) : error
    }
  }

  #note(accountId: AccountId, revision: number, costs?: AccountCosts): void {
    const before = this.known(accountId)
    this.#known.set(accountId, { ...before, ...costs, seen: Math.max(before.seen, revision) })
  }
}

function recordCount(account: Account): number {
  const { certificates, mappings, appKeys, invitations = [], handovers = [], signingKeys = [] } = account
  const lists = [certificates, mappings, appKeys, invitations, handovers, signingKeys]
  return lists.reduce((sum, { length }) => sum + length, 0)
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

function lengthOf(blocks: AccountBlocks): number {
  return blocksIn(blocks).reduce((sum, { packed, length }) => sum + packed.length + length, 1)
}

/** A large account of which most is known from the last reading takes so much less than one that is parsed. */
const knownPart = 1 / 10
/** So many characters take as long to parse, to look through or to write as a short record, which takes 3 us. */
const charactersARecord = 2_048

function costsOf({ account, blocks }: ReadAccount, before?: AccountBlocks): AccountCosts {
  const { mappings, certificates, appKeys, changes } = account
  const size = mappings.length + certificates.length
  // A small account is not stored in blocks, and has few characters.
  const characters = blocks === undefined ? 0 : blocksIn(blocks).reduce((sum, { length }) => sum + length, 0)
  const perRecord = 1 + Math.floor(characters / charactersARecord) / Math.max(1, size + appKeys.length + changes.length)
  const whole = Math.ceil(size * perRecord)
  return { reading: blocks && before ? Math.ceil(whole * knownPart) : whole, whole }
}
