import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { CacheState } from '../read/cache-state.ts'
import type { RecordKind, RecordRoom } from './record-room.ts'

/** A value that is being loaded. */
interface Flight<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Promise<Value>
}

/** @typeParam Value undefined is an absence */
export interface RecordCacheOptions<Reference, Value> {
  /** Shared with other kinds of records. */
  readonly room: RecordRoom
  readonly load: (accountId: AccountId, reference: Reference) => Promise<Value>
  readonly bytes: (value: NonNullable<Value>) => number
}

/** Holds what never changes, until nobody names it any more or room is needed. */
export class RecordCache<Reference, Value extends object | string | undefined> {
  readonly #options: RecordCacheOptions<Reference, Value>
  readonly #room: RecordRoom
  readonly #kind: RecordKind
  readonly #flights = new Map<string, Flight<Value>>()
  #hits = 0
  #misses = 0

  constructor(options: RecordCacheOptions<Reference, Value>) {
    this.#options = options
    this.#room = options.room
    this.#kind = options.room.addKind()
  }

  /** Loads what isn't held, once for all who ask meanwhile. Neither an absence nor a failure is held. */
  get(accountId: AccountId, id: RecordId, reference: Reference): MaybePromise<Value> {
    const key = `${this.#kind.prefix}${accountId}/${id}`
    // Only this cache has put anything under keys of its kind.
    const held = this.#room.get(key) as NonNullable<Value> | undefined
    if (held !== undefined) {
      this.#hits += 1
      return held
    }
    this.#misses += 1
    return this.#flights.get(key)?.value ?? this.#load(key, accountId, id, reference)
  }

  /** Its limit is that of all kinds in the room together. */
  state(): CacheState {
    const { entries, bytes } = this.#kind
    return { hits: this.#hits, misses: this.#misses, entries, bytes, maxBytes: this.#room.maxBytes }
  }

  /** Lets go of what an account has here and no longer names. */
  keep(accountId: AccountId, isNamed: (id: RecordId) => boolean): void {
    const start = `${this.#kind.prefix}${accountId}/`
    for (const key of this.#room.keysOf(accountId)) {
      if (key.startsWith(start) && !isNamed(key.slice(start.length) as RecordId)) this.#room.delete(key)
    }
    for (const [key, flight] of this.#flights) {
      if (flight.accountId === accountId && !isNamed(flight.id)) this.#flights.delete(key)
    }
  }

  #load(key: string, accountId: AccountId, id: RecordId, reference: Reference): Promise<Value> {
    const { load, bytes } = this.#options
    const value = load(accountId, reference).then(
      (loaded) => {
        const isNamed = this.#land(key, value)
        if (isNamed && isThere(loaded)) this.#room.hold(this.#kind, key, accountId, loaded, bytes(loaded))
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
}

function isThere<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined
}
