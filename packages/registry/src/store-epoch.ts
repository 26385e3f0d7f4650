import { randomBytes } from 'node:crypto'
import type { ChangeNotice } from '@mtls-gateway/coordination'
import { CodedError, parseAccountId } from '@mtls-gateway/domain'
import {
  isStoreError,
  type SecretReader,
  type SecretStore,
  type StoredSecret,
  storeEpochPath,
} from '@mtls-gateway/secret-store'
import { type Clock, systemClock } from './clock.ts'
import { checkFormat } from './format/stored-format.ts'
import { coded, codedStoreFailure, storeUnavailable } from './store-failure.ts'

/** The life of a store from one restore of an older copy to the next: revisions can be compared within it only. */
export interface StoreEpoch {
  /** When it began, in milliseconds since 1970, and something random. Of two, the later one is greater as a text. */
  readonly id: string
  /** The one before; undefined for the first. */
  readonly previous: string | undefined
}

/** In notices of a new epoch, which are not about an account. No tenant has this name. */
export const epochAccount = parseAccountId('store-epoch')

const idShape = /^\d{13}-[0-9a-f]{8}$/

export function noticeOfEpoch(id: string): ChangeNotice {
  return { account: epochAccount, revision: 0, revoked: [], epoch: id }
}

/** In milliseconds since 1970, by the clock of the process that began it; 0 for no epoch. */
export function epochBeganAt(id: string | undefined): number {
  return Number(id?.slice(0, 13) ?? 0)
}

/** Undefined where none has begun. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER` */
export async function readEpoch(store: SecretReader): Promise<StoreEpoch | undefined> {
  const stored = await coded(readDocument(store))
  const epoch = stored && epochOf(stored.value)
  if (stored === undefined || epoch !== undefined) return epoch
  throw new CodedError(
    'STORE_DAMAGED',
    `What is stored at ${storeEpochPath} cannot be used: begin a new epoch of the store (mtls-admin store restored).`,
  )
}

/** Begins the first one where there is none. @throws CodedError as {@link beginEpoch} */
export async function readOrBeginEpoch(store: SecretStore): Promise<StoreEpoch> {
  return (await readEpoch(store)) ?? beginEpoch(store, () => true)
}

/**
 * Begins a new epoch, because the store was put back to an older copy. If another process begins one at the same time,
 * that is it.
 * @param unless keeps the present epoch if this holds for it
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_REFUSED`, `STORE_NOT_WRITABLE`, `STORE_NEWER`
 */
export async function beginEpoch(
  store: SecretStore,
  unless: (present: StoreEpoch) => boolean = () => false,
): Promise<StoreEpoch> {
  const stored = await coded(readDocument(store))
  const present = stored && epochOf(stored.value)
  if (present !== undefined && unless(present)) return present
  const next = { id: newId(present?.id), previous: present?.id }
  const value = { epoch: next.id, ...(next.previous !== undefined && { previous: next.previous }) }
  try {
    await store.put(storeEpochPath, value, stored?.version ?? 0)
    return next
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw codedStoreFailure(error)
    const other = await readEpoch(store)
    // What was deleted but not purged in Vault is not there to read, and can't be written as a new one either. And one
    // that is not later came with an older copy of the store, which was put back meanwhile.
    if (other === undefined || other.id <= (present?.id ?? '')) throw storeUnavailable(error)
    return other
  }
}

async function readDocument(store: SecretReader): Promise<StoredSecret | undefined> {
  const stored = await store.get(storeEpochPath)
  if (stored !== undefined) checkFormat(stored.value, `What is stored at ${storeEpochPath}`)
  return stored
}

/** Undefined if this is no epoch. */
function epochOf({ epoch, previous }: Readonly<Record<string, unknown>>): StoreEpoch | undefined {
  if (typeof epoch !== 'string' || !idShape.test(epoch)) return undefined
  return { id: epoch, previous: typeof previous === 'string' ? previous : undefined }
}

/** Greater than the one before even if this clock is behind. */
function newId(previous: string | undefined): string {
  const ms = Math.max(Date.now(), epochBeganAt(previous) + 1)
  return `${ms}-${randomBytes(4).toString('hex')}`
}

interface EpochWatchOptions {
  readonly read: () => Promise<StoreEpoch | undefined>
  /** How late a new epoch is noticed if nothing else tells of it. */
  readonly everyMs: number
  readonly clock?: Clock
  /** The epoch could not be read; the one before counts on. */
  readonly onFailed?: (error: unknown) => void
}

/** How often the store must answer without an epoch that is named: one with replicas answers late for a moment. */
const attempts = 4
/** Between two reads, whatever is named. */
const attemptEveryMs = 250
/** While the store can't be read. */
const retryEveryMs = 1_000

/**
 * The epoch of the store that this process is on. It is read every few seconds, and at once when a notice or a document
 * names a later one. What they name is a reason to look and no more: whoever may write to Redis could otherwise take
 * all copies away from all tenants.
 */
export class EpochWatch {
  readonly #options: EpochWatchOptions
  readonly #clock: Clock
  readonly #listeners: ((epoch: string | undefined, before: string | undefined) => void)[] = []
  readonly #stopping = new AbortController()
  #current: string | undefined
  /** The latest that was named, and how often the store is still asked for one: whatever is named, it says what is. */
  #named = ''
  #attemptsLeft = 0
  #confirming: Promise<void> | undefined
  #running: Promise<void> | undefined

  constructor(options: EpochWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Undefined until the store has been read, or if it has none. */
  get current(): string | undefined {
    return this.#current
  }

  /** Called in the same tick, so that nothing of the epoch before is used in between. Must not throw. */
  onChanged(listener: (epoch: string | undefined, before: string | undefined) => void): void {
    this.#listeners.push(listener)
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#running, this.#confirming])
  }

  /** Something names an epoch of the store: if it is a later one, the store is asked, and an earlier one is over. */
  learn(epoch: unknown): void {
    if (typeof epoch !== 'string' || !idShape.test(epoch) || epoch <= (this.#current ?? '')) return
    if (epoch > this.#named) this.#named = epoch
    this.#attemptsLeft = attempts
    this.#confirming ??= this.#confirm().finally(() => {
      this.#confirming = undefined
    })
  }

  /** This process has begun the epoch itself. */
  enter(epoch: string): void {
    if (epoch > (this.#current ?? '')) this.#change(epoch)
  }

  /** Reads the epoch, and is on it from then on. Rejects like the store. */
  async look(): Promise<StoreEpoch | undefined> {
    const before = this.#current
    const read = await this.#options.read()
    // What was found meanwhile may be later than what was read.
    if (this.#current !== before || read?.id === before) return read
    this.#change(read?.id)
    return read
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#tryToLook()
      await this.#clock.sleep(this.#options.everyMs, signal)
    }
  }

  /** Goes on while the store can't be read: no copy from before a restore may outlast it for long. */
  async #confirm(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#attemptsLeft > 0 && this.#named > (this.#current ?? '') && !signal.aborted) {
      const isRead = await this.#tryToLook()
      if (isRead) this.#attemptsLeft -= 1
      await this.#clock.sleep(isRead ? attemptEveryMs : retryEveryMs, signal)
    }
  }

  async #tryToLook(): Promise<boolean> {
    try {
      await this.look()
      return true
    } catch (error) {
      this.#options.onFailed?.(error)
      return false
    }
  }

  #change(epoch: string | undefined): void {
    const before = this.#current
    this.#current = epoch
    for (const listener of this.#listeners) listener(epoch, before)
  }
}
