import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { LRUCache } from 'lru-cache'
import type { CacheState } from '../read/cache-state.ts'

interface Entry<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Value
  readonly bytes: number
}

/** What an account has in the cache. */
interface Share {
  readonly ids: Set<RecordId>
  bytes: number
}

/** A value that is being loaded. */
interface Flight<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Promise<Value>
}

/** @typeParam Value undefined is an absence */
export interface RecordCacheOptions<Reference, Value> {
  readonly maxBytes: number
  readonly load: (accountId: AccountId, reference: Reference) => Promise<Value>
  readonly bytes: (value: NonNullable<Value>) => number
}

/** About what an entry takes beside its value. */
const entryBytes = 400

/**
 * Holds what never changes, until nobody names it any more or room is needed. One account has at most half of the room;
 * beyond that its own oldest value gives way, and not what others call with.
 */
export class RecordCache<Reference, Value extends object | string | undefined> {
  readonly #options: RecordCacheOptions<Reference, Value>
  readonly #held: LRUCache<string, Entry<NonNullable<Value>>>
  readonly #shares = new Map<AccountId, Share>()
  readonly #flights = new Map<string, Flight<Value>>()
  #hits = 0
  #misses = 0

  constructor(options: RecordCacheOptions<Reference, Value>) {
    this.#options = options
    this.#held = new LRUCache({ maxSize: options.maxBytes, dispose: (entry) => this.#unlist(entry) })
  }

  /** Loads what isn't held, once for all who ask meanwhile. Neither an absence nor a failure is held. */
  get(accountId: AccountId, id: RecordId, reference: Reference): MaybePromise<Value> {
    const key = `${accountId}/${id}`
    const held = this.#held.get(key)
    if (held !== undefined) {
      this.#hits += 1
      return held.value
    }
    this.#misses += 1
    return this.#flights.get(key)?.value ?? this.#load(key, accountId, id, reference)
  }

  state(): CacheState {
    const { size: entries, calculatedSize: bytes } = this.#held
    return { hits: this.#hits, misses: this.#misses, entries, bytes, maxBytes: this.#options.maxBytes }
  }

  /** Lets go of what an account has here and no longer names. */
  keep(accountId: AccountId, isNamed: (id: RecordId) => boolean): void {
    for (const id of this.#shares.get(accountId)?.ids ?? []) {
      if (!isNamed(id)) this.#held.delete(`${accountId}/${id}`)
    }
    for (const [key, flight] of this.#flights) {
      if (flight.accountId === accountId && !isNamed(flight.id)) this.#flights.delete(key)
    }
  }

  #load(key: string, accountId: AccountId, id: RecordId, reference: Reference): Promise<Value> {
    const value = this.#options.load(accountId, reference).then(
      (loaded) => {
        const isNamed = this.#land(key, value)
        if (isNamed && isThere(loaded)) this.#hold(key, { accountId, id, value: loaded })
        return loaded
      },
      (error: unknown) => {
        this.#land(key, value)
        throw error
      },
    )
    this.#flights.set(key, { accountId, id, value })
    return value
  }

  /** False if it was let go of meanwhile: whoever asked gets the value, but it is not held. */
  #land(key: string, value: Promise<Value>): boolean {
    return this.#flights.get(key)?.value === value && this.#flights.delete(key)
  }

  #hold(key: string, { accountId, id, value }: Omit<Entry<NonNullable<Value>>, 'bytes'>): void {
    const { maxBytes, bytes: bytesOf } = this.#options
    const most = Math.ceil(maxBytes / 2)
    // A value that is larger than that is held, too, or each call would read the store.
    const bytes = Math.min(entryBytes + bytesOf(value), most)
    const share = this.#shares.get(accountId) ?? { ids: new Set(), bytes: 0 }
    for (const oldest of share.ids) {
      if (share.bytes + bytes <= most) break
      this.#held.delete(`${accountId}/${oldest}`)
    }
    share.ids.add(id)
    share.bytes += bytes
    this.#shares.set(accountId, share)
    this.#held.set(key, { accountId, id, value, bytes }, { size: bytes })
  }

  #unlist({ accountId, id, bytes }: Entry<NonNullable<Value>>): void {
    const share = this.#shares.get(accountId)
    if (!share?.ids.delete(id)) return
    share.bytes -= bytes
    if (share.ids.size === 0) this.#shares.delete(accountId)
  }
}

function isThere<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined
}
