import { nonceSeconds } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { type NonceHash, type NonceHasher, NonceMemory, newNonceKey, nonceHasher } from '../local/nonce-memory.ts'
import type { NonceClaim, NonceStore, NonceVerdict } from '../port.ts'
import { type RuntimeDatabase, unavailable } from './runtime-database.ts'

/** Tables per transaction while saving: up to some MB, then the event loop and the other process get their turn. */
const batch = 1_024

/**
 * `stopped_cleanly` is 0 while a process runs: its nonces are only in its memory. After a clean stop, a row of
 * `nonce_shard` has those of one table, as `shard`. The columns `generation` and `current_age_ms` are those of
 * releases up to 0.2.
 */
export const nonceSchema = `
  CREATE TABLE IF NOT EXISTS nonce_store (
    instance TEXT PRIMARY KEY, hash_key BLOB NOT NULL, refused_up_to INTEGER NOT NULL,
    stopped_cleanly INTEGER NOT NULL, current_age_ms REAL NOT NULL
  );
  CREATE TABLE IF NOT EXISTS nonce_shard (
    instance TEXT NOT NULL, generation INTEGER NOT NULL, shard INTEGER NOT NULL, words BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS nonce_ahead (
    instance TEXT NOT NULL, timestamp INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    PRIMARY KEY (instance, timestamp, low, high)
  ) WITHOUT ROWID;
`

/** Releases up to 0.2 saved otherwise, and wrote 1: a clean stop of the one is an unclean one to the other. */
const cleanly = 2

/**
 * Nonces in this process's memory, written to `runtime.db` at a clean stop. Whatever can't be read or written there is
 * `COORDINATION_UNAVAILABLE`.
 */
export class EmbeddedNonceStore implements NonceStore {
  readonly #database: RuntimeDatabase
  readonly #instance: string
  readonly #hash: NonceHasher
  readonly #memory = new NonceMemory()
  /**
   * Nothing is known about claims up to this second, which is when the first process after an unclean stop, or after
   * the loss of `runtime.db`, started.
   * Later clean stops keep it. 0 if every stop was clean. Never far in the future: the clock may have been ahead then.
   */
  #refusedUpTo: number
  #closed = false

  /**
   * Reads what the previous process with this instance name left, and marks this one as running. If it left nothing
   * although it `hasRun`, `runtime.db` has been replaced or deleted since then.
   */
  constructor(database: RuntimeDatabase, instance: string, hasRun: boolean) {
    this.#database = database
    this.#instance = instance
    const row = database.use((sql) => sql('SELECT * FROM nonce_store WHERE instance = ?').get(instance))
    const wasClean = row?.stopped_cleanly === cleanly
    const now = nowSeconds()
    const isKnown = row ? wasClean : !hasRun
    this.#refusedUpTo = isKnown ? clampAhead(Number(row?.refused_up_to ?? 0), now) : now
    const hashKey = row ? bytesOf(row.hash_key) : newNonceKey()
    this.#hash = nonceHasher(hashKey)
    database.use((sql) => {
      const saved = wasClean ? sql('SELECT * FROM nonce_shard WHERE instance = ?').iterate(instance) : []
      for (const { shard, words } of saved) {
        this.#memory.restore({ table: Number(shard), words: wordsOf(bytesOf(words)) })
      }
      for (const { timestamp, low, high } of sql('SELECT * FROM nonce_ahead WHERE instance = ?').iterate(instance)) {
        this.#memory.add(Number(timestamp), { low: Number(low), high: Number(high) })
      }
      // From now on the next start is unclean unless `close` comes first. On disk on return, to survive a power cut.
      const columns = 'instance, hash_key, refused_up_to, stopped_cleanly, current_age_ms'
      const insert = sql(`INSERT OR REPLACE INTO nonce_store (${columns}) VALUES (?, ?, ?, 0, 0)`)
      insert.run(instance, hashKey, this.#refusedUpTo)
      sql('PRAGMA wal_checkpoint(FULL)').get()
    })
  }

  claim(claim: NonceClaim): MaybePromise<NonceVerdict> {
    try {
      return this.#claim(claim)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Saves the nonces; if that fails half way, the next start is unclean. Claims reject from now on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#database.use((sql) => sql('DELETE FROM nonce_shard WHERE instance = ?').run(this.#instance))
    await this.#database.inTransactions(this.#memory.stored(), batch, (sql, slice) => {
      const insert = sql('INSERT INTO nonce_shard (instance, generation, shard, words) VALUES (?, 0, ?, ?)')
      for (const { table, words } of slice) insert.run(this.#instance, table, words)
    })
    this.#database.use((sql) =>
      sql('UPDATE nonce_store SET stopped_cleanly = ? WHERE instance = ?').run(cleanly, this.#instance),
    )
  }

  #claim(claim: NonceClaim): NonceVerdict {
    if (this.#closed) throw unavailable(new Error('the coordination has been closed'))
    if (claim.timestamp <= this.#refusedUpTo && this.#isBeforeStart(claim.timestamp)) return 'before-start'
    const hash = this.#hash(claim)
    if (!this.#memory.add(claim.timestamp, hash)) return 'replayed'
    const now = nowSeconds()
    if (claim.timestamp > now) this.#keepAhead(hash, claim.timestamp, now)
    return 'fresh'
  }

  /** If the clock was far ahead at the start and has been set back, the time since then would never be over. */
  #isBeforeStart(timestamp: number): boolean {
    this.#refusedUpTo = clampAhead(this.#refusedUpTo, nowSeconds())
    return timestamp <= this.#refusedUpTo
  }

  /**
   * Stores a nonce immediately (20 us) if its timestamp is ahead of the clock. After an unclean stop only timestamps up
   * to the second of the start are refused, so this one could be replayed. Deletes those that the clock has passed.
   */
  #keepAhead({ low, high }: NonceHash, timestamp: number, nowSeconds: number): void {
    this.#database.transaction((sql) => {
      sql('DELETE FROM nonce_ahead WHERE instance = ? AND timestamp <= ?').run(this.#instance, nowSeconds)
      const insert = sql('INSERT OR IGNORE INTO nonce_ahead (instance, timestamp, low, high) VALUES (?, ?, ?, ?)')
      insert.run(this.#instance, timestamp, low, high)
    })
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}

function bytesOf(blob: unknown): Uint8Array {
  if (!ArrayBuffer.isView(blob)) throw new TypeError('runtime.db holds something else than a blob')
  return new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength)
}

/** A copy, because SQLite's bytes need not be aligned. */
function wordsOf(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(bytes.length / 4)
  new Uint8Array(words.buffer).set(bytes)
  return words
}

/**
 * A second of the clock, or now if the clock was so far ahead then that no timestamp which it took is taken now. Where
 * it was ahead by less it stays: after one short step back, what was taken before could be taken again.
 */
function clampAhead(second: number, nowSeconds: number): number {
  return second > nowSeconds + nonceSeconds ? nowSeconds : second
}
