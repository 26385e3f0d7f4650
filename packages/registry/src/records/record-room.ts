import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

/** One kind of records in a room, and what it takes there. */
export interface RecordKind {
  /** What its keys begin with. */
  readonly prefix: string
  /** Counted by the room. */
  entries: number
  bytes: number
}

interface Entry {
  readonly kind: RecordKind
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
  readonly maxBytes: number
  readonly #most: number
  readonly #held: LRUCache<string, Entry>
  readonly #shares = new Map<AccountId, Share>()
  #kinds = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
    this.#most = Math.ceil(maxBytes / 2)
    this.#held = new LRUCache({ maxSize: maxBytes, dispose: (entry) => this.#unlist(entry) })
  }

  addKind(): RecordKind {
    return { prefix: `${this.#kinds++}:`, entries: 0, bytes: 0 }
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

  /** @param kind that this room has made */
  hold(kind: RecordKind, key: string, accountId: AccountId, value: object | string, valueBytes: number): void {
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
    this.#held.set(key, { kind, key, accountId, value, bytes }, { size: bytes })
    kind.entries += 1
    kind.bytes += bytes
  }

  #unlist({ kind, key, accountId, bytes }: Entry): void {
    kind.entries -= 1
    kind.bytes -= bytes
    const share = this.#shares.get(accountId)
    if (!share?.keys.delete(key)) return
    share.bytes -= bytes
    if (share.keys.size === 0) this.#shares.delete(accountId)
  }
}
