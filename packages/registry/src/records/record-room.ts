import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

interface Entry {
  readonly key: string
  readonly accountId: AccountId
  readonly value: object | string
  readonly bytes: number
}

/** What an account has here, the oldest first. */
interface Share {
  readonly keys: Set<string>
  bytes: number
}

/** About what an entry takes beside its value. */
const entryBytes = 400

/**
 * Room for records of any kind: whichever was used least recently gives way. One account has at most half of it; beyond
 * that its own oldest ones give way, and not what others call with.
 */
export class RecordRoom {
  readonly #most: number
  readonly #held: LRUCache<string, Entry>
  readonly #shares = new Map<AccountId, Share>()
  #kinds = 0

  constructor(maxBytes: number) {
    this.#most = Math.ceil(maxBytes / 2)
    this.#held = new LRUCache({ maxSize: maxBytes, dispose: (entry) => this.#unlist(entry) })
  }

  /** What the keys of one kind of records begin with. */
  addKind(): string {
    return `${this.#kinds++}:`
  }

  get(key: string): object | string | undefined {
    return this.#held.get(key)?.value
  }

  /** All that an account has, of every kind. */
  keysOf(accountId: AccountId): Iterable<string> {
    return this.#shares.get(accountId)?.keys ?? []
  }

  delete(key: string): void {
    this.#held.delete(key)
  }

  hold(key: string, accountId: AccountId, value: object | string, valueBytes: number): void {
    // A value that is larger than that is held, too, or each call would read the store.
    const bytes = Math.min(entryBytes + valueBytes, this.#most)
    const share = this.#shares.get(accountId) ?? { keys: new Set(), bytes: 0 }
    for (const oldest of share.keys) {
      if (share.bytes + bytes <= this.#most) break
      this.#held.delete(oldest)
    }
    share.keys.add(key)
    share.bytes += bytes
    this.#shares.set(accountId, share)
    this.#held.set(key, { key, accountId, value, bytes }, { size: bytes })
  }

  #unlist({ key, accountId, bytes }: Entry): void {
    const share = this.#shares.get(accountId)
    if (!share?.keys.delete(key)) return
    share.bytes -= bytes
    if (share.keys.size === 0) this.#shares.delete(accountId)
  }
}
