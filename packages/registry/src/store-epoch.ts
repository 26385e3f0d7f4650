import { randomBytes } from 'node:crypto'
import type { ChangeNotice } from '@mtls-gateway/coordination'
import { CodedError, parseAccountId } from '@mtls-gateway/domain'
import { isStoreError, type SecretReader, type SecretStore, storeEpochPath } from '@mtls-gateway/secret-store'
import { type Clock, systemClock } from './clock.ts'
import { checkFormat } from './format/stored-format.ts'
import { codedStoreFailure, storeUnavailable } from './store-failure.ts'

/** The life of a store from one restore of an older copy to the next: revisions can be compared within it only. */
export interface StoreEpoch {
  /** When it began, in milliseconds since 1970, and something random. Of two, the later one is greater as a text. */
  readonly id: string
  /** The one before; undefined for the first. */
  readonly previous: string | undefined
}

interface BeginEpochOptions {
  /** Keeps the present epoch if this holds for it. */
  readonly unless?: (present: StoreEpoch) => boolean
  readonly clock?: Clock
}

/** In notices of a new epoch, which are not about an account. No tenant has this name. */
export const epochAccount = parseAccountId('store-epoch')

const idShape = /^\d{13}-[0-9a-f]{8}$/
/** After a conflict, with some chance, so that those who begin one at once don't meet again. */
const againMs = [50, 100, 200, 400]

/** Whether this could be the id of an epoch. */
function isEpochId(id: unknown): id is string {
  return typeof id === 'string' && idShape.test(id)
}

export function noticeOfEpoch(id: string): ChangeNotice {
  return { account: epochAccount, revision: 0, revoked: [], epoch: id }
}

/** In milliseconds since 1970, by the clock of the process that began it; 0 for no epoch. */
export function epochBeganAt(id: string | undefined): number {
  return Number(id?.slice(0, 13) ?? 0)
}

/** Undefined where none has begun. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER` */
export async function readEpoch(store: SecretReader): Promise<StoreEpoch | undefined> {
  try {
    const stored = await store.get(storeEpochPath)
    if (stored === undefined) return undefined
    checkFormat(stored.value, `What is stored at ${storeEpochPath}`)
    return epochOf(stored.value) ?? refuseDamaged()
  } catch (error) {
    throw codedStoreFailure(error)
  }
}

/** Begins the first one where there is none. @throws CodedError as {@link beginEpoch} */
export async function readOrBeginEpoch(store: SecretStore): Promise<StoreEpoch> {
  return (await readEpoch(store)) ?? beginEpoch(store, { unless: () => true })
}

/**
 * Begins a new epoch, because the store was put back to an older copy. Gives up after a few conflicts: a document that
 * was deleted but not purged in Vault is not there to read, and can't be written as a new one either.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_REFUSED`, `STORE_NOT_WRITABLE`, `STORE_NEWER`
 */
export async function beginEpoch(
  store: SecretStore,
  { unless = () => false, clock = systemClock }: BeginEpochOptions = {},
): Promise<StoreEpoch> {
  for (let attempt = 0; ; attempt++) {
    try {
      const stored = await store.get(storeEpochPath)
      if (stored !== undefined) checkFormat(stored.value, `What is stored at ${storeEpochPath}`)
      const present = stored && epochOf(stored.value)
      if (present !== undefined && unless(present)) return present
      const next = { id: newId(present?.id), previous: present?.id }
      const value = { epoch: next.id, ...(next.previous !== undefined && { previous: next.previous }) }
      await store.put(storeEpochPath, value, stored?.version ?? 0)
      return next
    } catch (error) {
      // After a conflict, another process has begun one.
      if (!isStoreError(error, 'conflict')) throw codedStoreFailure(error)
      const pauseMs = againMs[attempt]
      if (pauseMs === undefined) throw storeUnavailable(error)
      await clock.sleep(pauseMs * (0.5 + Math.random() / 2))
    }
  }
}

/** Undefined if this is no epoch. */
function epochOf({ epoch, previous }: Readonly<Record<string, unknown>>): StoreEpoch | undefined {
  if (!isEpochId(epoch)) return undefined
  return { id: epoch, previous: typeof previous === 'string' ? previous : undefined }
}

/** Greater than the one before even if this clock is behind. */
function newId(previous: string | undefined): string {
  const ms = Math.max(Date.now(), epochBeganAt(previous) + 1)
  return `${ms}-${randomBytes(4).toString('hex')}`
}

function refuseDamaged(): never {
  throw new CodedError(
    'STORE_DAMAGED',
    `What is stored at ${storeEpochPath} cannot be used: begin a new epoch of the store (mtls-admin store restored).`,
  )
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
  /** The last that was named and that the store has not been asked for yet. Whatever it is, the store says what is. */
  #named: string | undefined
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
    if (!this.#isNews(epoch)) return
    this.#named = epoch
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

  #isNews(epoch: unknown): epoch is string {
    if (typeof epoch !== 'string' || epoch === this.#named || epoch <= (this.#current ?? '')) return false
    return isEpochId(epoch) && !this.#stopping.signal.aborted
  }

  /** Goes on while the store can't be read: no copy from before a restore may outlast it for long. */
  async #confirm(): Promise<void> {
    const { signal } = this.#stopping
    let [asked, reads]: [string | undefined, number] = [undefined, 0]
    while (this.#named !== undefined && !signal.aborted) {
      const named = this.#named
      if (named !== asked) [asked, reads] = [named, 0]
      const isRead = await this.#tryToLook()
      if (isRead) reads++
      const isSettled = named <= (this.#current ?? '') || reads >= attempts
      if (isSettled && this.#named === named) this.#named = undefined
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
