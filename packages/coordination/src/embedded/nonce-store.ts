import type { MaybePromise } from '@mtls-gateway/event-loop'
import { type NonceHasher, nonceHasher } from '../local/nonce-hash.ts'
import { NonceMemory } from '../local/nonce-memory.ts'
import type { NonceClaim, NonceStore, NonceVerdict } from '../port.ts'
import { clampAhead, type NonceArchive } from './nonce-archive.ts'
import { unavailable } from './unavailable.ts'

/** Nonces in this process's memory, written to `runtime.db` at a clean stop. */
export class EmbeddedNonceStore implements NonceStore {
  readonly #archive: NonceArchive
  readonly #hash: NonceHasher
  readonly #memory: NonceMemory
  #refusedUpTo: number
  #closed = false

  /**
   * Reads what the previous process left, and marks this one as running.
   * @throws CodedError `COORDINATION_UNAVAILABLE`
   */
  constructor(archive: NonceArchive) {
    const persisted = archive.read(nowSeconds())
    archive.markRunning(persisted)
    this.#archive = archive
    this.#hash = nonceHasher(persisted.hashKey)
    this.#memory = new NonceMemory({ restored: persisted.generations })
    this.#refusedUpTo = persisted.refusedUpTo
  }

  claim(claim: NonceClaim): MaybePromise<NonceVerdict> {
    try {
      return this.#claim(claim)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Saves the nonces. Claims reject from now on. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#archive.save(this.#memory.generations())
  }

  #claim(claim: NonceClaim): NonceVerdict {
    if (this.#closed) throw unavailable(new Error('the coordination has been closed'))
    if (claim.timestamp <= this.#refusedUpTo && this.#isBeforeStart(claim.timestamp)) return 'before-start'
    const hash = this.#hash(claim)
    if (!this.#memory.add(hash)) return 'replayed'
    const now = nowSeconds()
    if (claim.timestamp > now) this.#archive.keepAhead(hash, claim.timestamp, now)
    return 'fresh'
  }

  /** If the clock was far ahead at the start and has been set back, the time since then would never be over. */
  #isBeforeStart(timestamp: number): boolean {
    this.#refusedUpTo = clampAhead(this.#refusedUpTo, nowSeconds())
    return timestamp <= this.#refusedUpTo
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
