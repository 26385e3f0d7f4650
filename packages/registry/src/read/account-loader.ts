import { type AccountId, emptyAccount } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, type SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import { readForCalls } from '../format/account-codec.ts'
import type { Clock } from '../time/clock.ts'
import { type AccountSnapshot, indexAccount } from './account-snapshot.ts'

export interface Loaded {
  readonly snapshot: AccountSnapshot
  /** How many gaps there had been when the read began. */
  readonly gaps: number
  /** It stayed older than what is known of the account: the store was put back to an earlier state. */
  readonly restored: boolean
}

export interface Known {
  /** The highest revision of an account that a notice named or that is held; 0 if there is none. */
  revision(accountId: AccountId): number
  gaps(): number
  /** How often all that was known has been dropped or doubted, because the store was put back to an older copy. */
  drops(): number
  /** The copy that is held, fresh or not. */
  held(accountId: AccountId): AccountSnapshot | undefined
}

/** Two loads of an account in any second. */
const loadsAtOnce = 2
const windowMs = 1_000
const maxAccounts = 10_000
/** Before a load that came back older is repeated: 3 times within a second. */
const repeatsMs = [100, 300, 500]

/** Reads and indexes accounts, each at most twice a second, and never an older state than the one known of. */
export class AccountLoader {
  readonly #store: SecretReader
  readonly #clock: Clock
  readonly #known: Known
  readonly #onEpoch: (epoch: unknown) => void
  readonly #slices = new TimeSlices()
  /** When the last loads of an account began, oldest first. */
  readonly #starts = new LRUCache<AccountId, number[]>({ max: maxAccounts })
  readonly #waiting = new Set<AccountId>()

  /** @param onEpoch told in which epoch of the store a document was written, if it says so */
  constructor(store: SecretReader, clock: Clock, known: Known, onEpoch: (epoch: unknown) => void = () => {}) {
    this.#store = store
    this.#clock = clock
    this.#known = known
    this.#onEpoch = onEpoch
  }

  /** Whether a load has to wait for its turn, or does so. */
  mustWait(accountId: AccountId): boolean {
    return this.#waiting.has(accountId) || this.#waitMs(accountId) > 0
  }

  /** @throws StoreError */
  async load(accountId: AccountId): Promise<Loaded> {
    await this.#takeTurn(accountId)
    for (const ms of repeatsMs) {
      const loaded = await this.#read(accountId)
      if (!loaded.restored) return loaded
      await this.#clock.sleep(ms)
    }
    return this.#read(accountId)
  }

  async #read(accountId: AccountId): Promise<Loaded> {
    const beganAt = this.#clock.now()
    const gaps = this.#known.gaps()
    const drops = this.#known.drops()
    // A notice that comes while the read is under way is no reason to call its answer older than it should be.
    const newest = this.#known.revision(accountId)
    const stored = await this.#store.get(accountPath(accountId))
    this.#onEpoch(stored?.value.epoch)
    const before = this.#known.held(accountId)
    const source =
      stored === undefined
        ? { account: emptyAccount(accountId) }
        : await readForCalls(stored.value, accountId, this.#slices, before?.blocks)
    const snapshot = await indexAccount(source, beganAt, this.#slices, before)
    return { snapshot, gaps, restored: snapshot.revision < newest && drops === this.#known.drops() }
  }

  async #takeTurn(accountId: AccountId): Promise<void> {
    const waitMs = this.#waitMs(accountId)
    const starts = this.#starts.get(accountId) ?? []
    this.#starts.set(accountId, starts)
    if (starts.length === loadsAtOnce) starts.shift()
    if (waitMs > 0) {
      this.#waiting.add(accountId)
      await this.#clock.sleep(waitMs)
      this.#waiting.delete(accountId)
    }
    starts.push(this.#clock.now())
  }

  #waitMs(accountId: AccountId): number {
    const [first, ...others] = this.#starts.get(accountId) ?? []
    if (first === undefined || others.length + 1 < loadsAtOnce) return 0
    return first + windowMs - this.#clock.now()
  }
}
