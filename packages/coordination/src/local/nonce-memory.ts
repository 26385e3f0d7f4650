import { hash, randomBytes } from 'node:crypto'
import { CodedError, nonceSeconds } from '@mtls-gateway/domain'
import type { NonceClaim } from '../port.ts'

/** 64 bits as two unsigned halves; `low` is never 0, which marks an empty slot. */
export interface NonceHash {
  readonly low: number
  readonly high: number
}

export type NonceHasher = (claim: NonceClaim) => NonceHash

export function newNonceKey(): Uint8Array {
  return randomBytes(16)
}

/**
 * A claim as a keyed hash of 64 bits: without the key nobody can make two nonces collide, and by chance one fresh nonce
 * in 10^12 is taken for a replay when 6 million are remembered. SHA-256 in one call takes 2 us, `createHmac` 16 us; a
 * prefixed key does, as the digest is cut and so can't be extended.
 */
export function nonceHasher(key: Uint8Array): NonceHasher {
  const prefix = Buffer.from(key).toString('hex')
  return ({ appKey, nonce, timestamp }) => {
    // The length keeps ('ab', 'c') and ('a', 'bc') apart.
    // As text: creating a buffer takes as long as the hash.
    const digest = hash('sha256', `${prefix}${timestamp} ${appKey.length} ${appKey}${nonce}`, 'binary')
    return { low: wordAt(digest, 0) || 1, high: wordAt(digest, 4) }
  }
}

/** 32 bits, lowest byte first, of a text with one byte per character. */
function wordAt(text: string, at: number): number {
  const [low, high] = [
    text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8),
    text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 8),
  ]
  return (low | (high << 16)) >>> 0
}

/** How long a timestamp can be claimed after its first claim, by a clock that never goes back. */
const spanMs = nonceSeconds * 1_000

/** 10,300 claims a second. */
const maxNonces = 6_200_000
/** No insert moves more than 210,000 entries, also if all have the same timestamp. */
const tablesPerTimestamp = 16
const firstSlots = 16
const fullest = 0.8

/**
 * Some of the nonces of one timestamp. Open addressing: two 32-bit words per slot, `low` is 0 if it is empty. The
 * number of slots is a power of two.
 */
interface Table {
  words: Uint32Array<ArrayBuffer>
  size: number
  readonly openedAt: number
}

/** A table in the form that is stored on disk. */
export interface StoredNonces {
  /** Which one it is: made of the timestamp and some bits of the hash. */
  readonly table: number
  readonly words: Uint32Array<ArrayBuffer>
}

interface NonceMemoryOptions {
  readonly most?: number
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

/**
 * Remembers nonces by timestamp, in tables that are forgotten 601 s after their first nonce: then no claim with this
 * timestamp is accepted any more, and later ones do not keep it for longer. If the clock of the host is set back, such
 * timestamps come again. Those that may be forgotten then count as replayed, unless it was set back by more than ten
 * minutes: a clock that was so wrong refused all callers with a right one. A process that starts knows nothing of it.
 *
 * Typed arrays take 10 to 20 bytes for a nonce, 127 MB at most with their objects, where a Map takes 120 or more for
 * each. A table that is no longer needed gives its memory back at once: to the collector it is an object of some bytes,
 * which can wait for an hour.
 */
export class NonceMemory {
  readonly #tables = new Map<number, Table>()
  readonly #most: number
  readonly #now: () => number
  #size = 0
  /** The newest timestamp of a table that is gone. */
  #forgotten = 0

  constructor({ most = maxNonces, now = () => performance.now() }: NonceMemoryOptions = {}) {
    this.#most = most
    this.#now = now
  }

  /**
   * False if the nonce is remembered already, or may have been.
   * @throws CodedError `COORDINATION_UNAVAILABLE` if the memory is full: refusing is better than forgetting a nonce.
   */
  add(timestamp: number, { low, high }: NonceHash): boolean {
    const now = this.#now()
    const key = timestamp * tablesPerTimestamp + (high % tablesPerTimestamp)
    let table = this.#tables.get(key)
    if (table === undefined || this.#size >= this.#most) {
      this.#forget(now)
      if (this.#isForgotten(timestamp)) return false
      table = this.#tables.get(key) ?? this.#open(key, new Uint32Array(2 * firstSlots))
    }
    const at = find(table.words, low, high)
    if (table.words[at] !== 0) return false
    if (this.#size >= this.#most) throw this.#full(now)
    put(table.words, at, low, high)
    table.size++
    this.#size++
    if (2 * table.size > fullest * table.words.length) {
      const smaller = table.words
      table.words = doubled(smaller)
      free(smaller)
    }
    return true
  }

  stored(): StoredNonces[] {
    return Array.from(this.#tables, ([table, { words }]) => ({ table, words }))
  }

  /** Adds what comes from `stored`, to a memory that has no such table. */
  restore({ table, words }: StoredNonces): void {
    const opened = this.#open(table, words)
    for (let at = 0; at < words.length; at += 2) if (words[at] !== 0) opened.size++
    this.#size += opened.size
  }

  #open(key: number, words: Uint32Array<ArrayBuffer>): Table {
    const table = { words, size: 0, openedAt: this.#now() }
    this.#tables.set(key, table)
    return table
  }

  #forget(now: number): void {
    for (const [key, { words, size, openedAt }] of this.#tables) {
      // The oldest comes first.
      if (now - openedAt < spanMs) return
      this.#tables.delete(key)
      this.#forgotten = Math.max(this.#forgotten, Math.floor(key / tablesPerTimestamp))
      this.#size -= size
      free(words)
    }
  }

  #isForgotten(timestamp: number): boolean {
    if (this.#forgotten > timestamp + nonceSeconds) this.#forgotten = 0
    return timestamp <= this.#forgotten
  }

  #full(now: number): CodedError {
    const [{ openedAt } = { openedAt: now }] = this.#tables.values()
    return new CodedError(
      'COORDINATION_UNAVAILABLE',
      `This instance has taken ${this.#most} OAuth 1.0a requests within ${spanMs / 1_000} s and can't remember more nonces. Repeat the request later, and add instances.`,
      { retryAfterSeconds: Math.ceil((openedAt + spanMs - now) / 1_000) },
    )
  }
}

/** The slot of the hash, or the empty one where it belongs. */
function find(words: Uint32Array, low: number, high: number): number {
  const mask = words.length - 1
  let at = (low << 1) & mask
  while (words[at] !== 0 && (words[at] !== low || words[at + 1] !== high)) at = (at + 2) & mask
  return at
}

function put(words: Uint32Array, at: number, low: number, high: number): void {
  words[at] = low
  words[at + 1] = high
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length)
  for (let at = 0; at < words.length; at += 2) {
    const low = words[at] ?? 0
    const high = words[at + 1] ?? 0
    if (low !== 0) put(larger, find(larger, low, high), low, high)
  }
  return larger
}

function free({ buffer }: Uint32Array<ArrayBuffer>): void {
  buffer.transfer(0)
}
