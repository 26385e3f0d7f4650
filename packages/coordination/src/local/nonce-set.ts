import type { NonceHash } from './nonce-hash.ts'

const shardCount = 1_024
const firstSlots = 16
const fullest = 0.8

/** Open addressing: two 32-bit words per slot, `low` is 0 if it is empty. The number of slots is a power of two. */
interface Shard {
  words: Uint32Array<ArrayBuffer>
  size: number
}

/** One shard in the form that is stored on disk. */
export interface StoredShard {
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
