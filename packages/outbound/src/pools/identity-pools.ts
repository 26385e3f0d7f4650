import type { Permit } from '@mtls-gateway/bulkhead'
import { TransportError } from '../failures/transport-error.ts'
import type { TargetPool, TargetPoolCounts } from '../http1/target-pool.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'

/** What an identity's pools hold, to be added up for metrics. */
export interface PoolCounts extends TargetPoolCounts {
  readonly targets: number
}

/** @param origin `https://host` or `https://host:port` */
export type OpenTargetPool = (origin: string) => TargetPool

/** What there is of an identity beside its pools. */
interface IdentityHolding {
  readonly key: string
  readonly identity: AccountIdentity
  /** About what it takes. */
  readonly bytes: number
  /** Its place among all identities. */
  readonly room: Permit
  /** With its TLS context. */
  readonly open: OpenTargetPool
  /** It has pools for so many targets at once. */
  readonly maxTargets: number
}

interface HeldPool {
  readonly pool: TargetPool
  /** Which use of the identity was its last one. */
  lastUse: number
}

/** The pools of one identity, one for each target, all with one TLS context. */
export class IdentityPools {
  readonly key: string
  readonly identity: AccountIdentity
  readonly bytes: number
  readonly room: Permit
  /** Notes of `OpenIdentities`: when it was used last, and whether it has its room still. */
  lastRound = 0
  isCounted = true
  retired = false
  readonly #open: OpenTargetPool
  readonly #maxTargets: number
  // Not kept in order: who takes keys out of a Map and puts them back makes a new table of it again and again.
  readonly #pools = new Map<string, HeldPool>()
  #uses = 0
  readonly #closing = new Map<TargetPool, Promise<void>>()

  constructor({ key, identity, bytes, room, open, maxTargets }: IdentityHolding) {
    this.key = key
    this.identity = identity
    this.bytes = bytes
    this.room = room
    this.#open = open
    this.#maxTargets = maxTargets
  }

  /** Whether there are calls, under way or waiting for a connection. */
  get isBusy(): boolean {
    for (const { pool } of this.#pools.values()) if (isBusy(pool)) return true
    for (const pool of this.#closing.keys()) if (isBusy(pool)) return true
    return false
  }

  /** The target's pool; the least recently used one gives way to it where there are too many. */
  pool(origin: string): TargetPool {
    this.#uses++
    const held = this.#pools.get(origin)
    if (held !== undefined) {
      held.lastUse = this.#uses
      return held.pool
    }
    if (this.#pools.size >= this.#maxTargets) this.#close(...this.#leastRecentlyUsed())
    const pool = this.#open(origin)
    this.#pools.set(origin, { pool, lastUse: this.#uses })
    return pool
  }

  /**
   * Resolves when the last call has ended.
   * @param limitMs calls that still run then fail with `CLIENT_CERTIFICATE_REPLACED`; no limit if left out
   */
  async retire(limitMs?: number): Promise<void> {
    this.retired = true
    const limit =
      limitMs === undefined
        ? undefined
        : setTimeout(() => this.destroy(new TransportError('CLIENT_CERTIFICATE_REPLACED')), limitMs).unref()
    for (const [origin, held] of this.#pools) this.#close(origin, held)
    await Promise.all(this.#closing.values())
    clearTimeout(limit)
  }

  /** Ends every call at once; they fail with the error. */
  async destroy(error: TransportError): Promise<void> {
    this.retired = true
    const pools = this.#all()
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy(error)))
  }

  /** Closes a connection that carries nothing. @returns whether there was one */
  closeIdle(): boolean {
    // Those of all identities may be asked in one turn: no lists are made.
    for (const { pool } of this.#pools.values()) if (pool.closeIdle()) return true
    for (const pool of this.#closing.keys()) if (pool.closeIdle()) return true
    return false
  }

  counts(): PoolCounts {
    const counts = { targets: this.#pools.size, connections: 0, running: 0, queued: 0 }
    for (const pool of this.#all()) {
      const { connections, running, queued } = pool.counts()
      counts.connections += connections
      counts.running += running
      counts.queued += queued
    }
    return counts
  }

  #all(): TargetPool[] {
    return [...[...this.#pools.values()].map(({ pool }) => pool), ...this.#closing.keys()]
  }

  #leastRecentlyUsed(): [origin: string, HeldPool] {
    return [...this.#pools].reduce((oldest, next) => (next[1].lastUse < oldest[1].lastUse ? next : oldest))
  }

  #close(origin: string, { pool }: HeldPool): void {
    this.#pools.delete(origin)
    this.#closing.set(
      pool,
      pool.close().finally(() => this.#closing.delete(pool)),
    )
  }
}

function isBusy(pool: TargetPool): boolean {
  const { running, queued } = pool.counts()
  return running + queued > 0
}
