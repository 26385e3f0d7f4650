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
 * in 10^12 is taken for a replay when 12 million are remembered. SHA-256 in one call takes 2 us, `createHmac` 16 us; a
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

const spanMs = nonceSeconds * 1_000

/** 10,300 claims a second; with more, the tables would double beyond 134 MB in all. */
const maxPerSpan = 6_200_000

/** What a process leaves to the next one. */
export interface NonceGenerations {
  readonly current: NonceSet
  readonly previous: NonceSet
  /** How long `current` has been the current one, in milliseconds. */
  readonly currentAgeMs: number
}

interface NonceMemoryOptions {
  /** Time without a running process does not count, so a wrong clock at the start forgets nothing. */
  readonly restored?: NonceGenerations | undefined
  /** How many nonces a generation takes. */
  readonly maxPerSpan?: number
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

/**
 * Remembers each nonce for one to two spans, in two generations: the older one is dropped when the newer one has
 * covered its span. Takes at most 134 MB (two generations of 1,024 tables of 8,192 slots of 8 bytes, for 6.2 million
 * claims in 601 s), and allocates only what it needs.
 */
export class NonceMemory {
  readonly #maxPerSpan: number
  readonly #now: () => number
  #current: NonceSet
  #previous: NonceSet
  #currentSince: number

  constructor(options: NonceMemoryOptions = {}) {
    const { restored } = options
    this.#maxPerSpan = options.maxPerSpan ?? maxPerSpan
    this.#now = options.now ?? (() => performance.now())
    this.#current = restored?.current ?? new NonceSet()
    this.#previous = restored?.previous ?? new NonceSet()
    this.#currentSince = this.#now() - (restored?.currentAgeMs ?? 0)
  }

  /**
   * False if the nonce is remembered already.
   * @throws CodedError `COORDINATION_UNAVAILABLE` if the memory is full: refusing is better than forgetting a nonce.
   */
  add(hash: NonceHash): boolean {
    this.#rotate()
    if (this.#previous.has(hash) || this.#current.has(hash)) return false
    if (this.#current.size >= this.#maxPerSpan) throw this.#full()
    return this.#current.add(hash)
  }

  generations(): NonceGenerations {
    return { current: this.#current, previous: this.#previous, currentAgeMs: this.#now() - this.#currentSince }
  }

  #rotate(): void {
    const now = this.#now()
    const age = now - this.#currentSince
    if (age < spanMs) return
    const next = age < 2 * spanMs
    this.#previous.clear()
    if (!next) this.#current.clear()
    ;[this.#previous, this.#current] = [this.#current, this.#previous]
    this.#currentSince = next ? this.#currentSince + spanMs : now
  }

  #full(): CodedError {
    const seconds = Math.ceil((this.#currentSince + spanMs - this.#now()) / 1_000)
    return new CodedError(
      'COORDINATION_UNAVAILABLE',
      `This instance has taken ${this.#maxPerSpan} OAuth 1.0a requests within ${spanMs / 1_000} s and can't remember more nonces. Repeat the request later, and add instances.`,
      { retryAfterSeconds: seconds },
    )
  }
}

const shardCount = 1_024
const firstSlots = 16
const fullest = 0.8

/** Open addressing: two 32-bit words per slot, `low` is 0 if it is empty. The number of slots is a power of two. */
interface Shard {
  words: Uint32Array<ArrayBuffer>
  size: number
}

/** One shard in the form that is stored on disk. */
interface StoredShard {
  readonly index: number
  readonly words: Uint32Array<ArrayBuffer>
}

/**
 * A set of 64-bit hashes in typed arrays: 10 to 20 bytes each, where a Map takes 120 or more. It is split by the upper
 * bits into 1,024 small tables that grow one by one, so that no insert moves more than some thousand entries. A table
 * that is no longer needed gives its memory back at once: to the collector it is an object of some bytes, which can
 * wait for an hour.
 */
export class NonceSet {
  readonly #shards: (Shard | undefined)[] = new Array(shardCount)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(hash: NonceHash): boolean {
    const words = this.#shards[shardOf(hash)]?.words
    return words !== undefined && words[find(words, hash.low, hash.high)] !== 0
  }

  /** False if it is there already. */
  add(hash: NonceHash): boolean {
    const index = shardOf(hash)
    const shard = this.#shards[index] ?? { words: new Uint32Array(2 * firstSlots), size: 0 }
    this.#shards[index] = shard
    const at = find(shard.words, hash.low, hash.high)
    if (shard.words[at] !== 0) return false
    put(shard.words, at, hash.low, hash.high)
    shard.size++
    this.#size++
    if (2 * shard.size > fullest * shard.words.length) {
      const smaller = shard.words
      shard.words = doubled(smaller)
      free(smaller)
    }
    return true
  }

  clear(): void {
    for (const shard of this.#shards) if (shard) free(shard.words)
    this.#shards.fill(undefined)
    this.#size = 0
  }

  stored(): StoredShard[] {
    return this.#shards.flatMap((shard, index) => (shard ? { index, words: shard.words } : []))
  }

  /** Adds a shard from `stored`, to a set that has none at this index. */
  restore({ index, words }: StoredShard): void {
    let size = 0
    for (let at = 0; at < words.length; at += 2) if (words[at] !== 0) size++
    this.#shards[index] = { words, size }
    this.#size += size
  }
}

function shardOf(hash: NonceHash): number {
  return hash.high >>> 22
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
