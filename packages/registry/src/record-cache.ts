import type { MaybePromise } from '@mtls-gateway/coordination'
import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

interface Entry<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Value
}

/** A value that is being loaded. */
interface Flight<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Promise<Value | undefined>
}

export interface RecordCacheOptions<Value> {
  readonly maxBytes: number
  readonly bytes: (value: Value) => number
}

/** About what an entry takes beside its value. */
const entryBytes = 400

/** What never changes, so that it is held until nobody names it any more or room is needed. */
export class RecordCache<Value extends object> {
  readonly #options: RecordCacheOptions<Value>
  readonly #held: LRUCache<string, Entry<Value>>
  readonly #idsOfAccount = new Map<AccountId, Set<RecordId>>()
  readonly #flights = new Map<string, Flight<Value>>()

  constructor(options: RecordCacheOptions<Value>) {
    this.#options = options
    this.#held = new LRUCache({ maxSize: options.maxBytes, dispose: (entry) => this.#unlist(entry) })
  }

  /** Loads what isn't held, once for all who ask meanwhile. Neither an absence nor a failure is held. */
  get(accountId: AccountId, id: RecordId, load: () => Promise<Value | undefined>): MaybePromise<Value | undefined> {
    const key = `${accountId}/${id}`
    const held = this.#held.get(key)
    if (held !== undefined) return held.value
    const underWay = this.#flights.get(key)
    if (underWay !== undefined) return underWay.value
    const value = load().then(
      (loaded) => {
        const isNamed = this.#land(key, value)
        if (loaded !== undefined && isNamed) this.#hold(key, { accountId, id, value: loaded })
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

  /** Lets go of what an account has here and no longer names. */
  keep(accountId: AccountId, isNamed: (id: RecordId) => boolean): void {
    for (const id of this.#idsOfAccount.get(accountId) ?? []) {
      if (!isNamed(id)) this.#held.delete(`${accountId}/${id}`)
    }
    for (const [key, flight] of this.#flights) {
      if (flight.accountId === accountId && !isNamed(flight.id)) this.#flights.delete(key)
    }
  }

  /** False if it was let go of meanwhile: whoever asked gets the value, but it is not held. */
  #land(key: string, value: Promise<Value | undefined>): boolean {
    return this.#flights.get(key)?.value === value && this.#flights.delete(key)
  }

  #hold(key: string, entry: Entry<Value>): void {
    const ids = this.#idsOfAccount.get(entry.accountId) ?? new Set()
    this.#idsOfAccount.set(entry.accountId, ids.add(entry.id))
    this.#held.set(key, entry, {
      size: Math.min(entryBytes + this.#options.bytes(entry.value), this.#options.maxBytes),
    })
  }

  #unlist({ accountId, id }: Entry<Value>): void {
    const ids = this.#idsOfAccount.get(accountId)
    if (ids?.delete(id) && ids.size === 0) this.#idsOfAccount.delete(accountId)
  }
}
