import type { TargetCaller } from './client-identity.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import { type PoolCounts as CountsOfPool, type PoolParts, TargetPool } from './http1/target-pool.ts'
import { TransportError } from './transport-error.ts'

/** What a caller's pools hold, to be added up for metrics. */
export interface PoolCounts extends CountsOfPool {
  readonly targets: number
}

/** As those of its pools, with the settings that are of the caller itself. */
export interface CallerParts extends PoolParts {
  readonly limits: ConnectionSettings
}

/** The pools of one caller, one for each target, all with one TLS context. */
export class CallerPools {
  readonly key: string
  readonly accountId: TargetCaller['accountId']
  readonly versionId: string | undefined
  retired = false
  readonly #parts: CallerParts
  readonly #pools = new Map<string, TargetPool>()
  readonly #closing = new Map<TargetPool, Promise<void>>()
  /** Most callers call one target again and again, and to move it to the end of a Map costs more than to look at it. */
  #newest: { readonly origin: string; readonly pool: TargetPool } | undefined

  constructor(key: string, caller: TargetCaller, parts: CallerParts) {
    this.key = key
    this.accountId = caller.accountId
    this.versionId = caller.identity?.versionId
    this.#parts = parts
  }

  /** The target's pool; the least recently used one gives way to it where there are too many. */
  pool(origin: string): TargetPool {
    if (this.#newest?.origin === origin) return this.#newest.pool
    const pool = this.#pools.get(origin) ?? new TargetPool(origin, this.#parts)
    // The newest last, so that the first is the one to drop.
    this.#pools.delete(origin)
    this.#pools.set(origin, pool)
    this.#newest = { origin, pool }
    const [oldest] = this.#pools
    if (oldest !== undefined && this.#pools.size > this.#parts.limits.maxTargetsPerCaller) this.#close(...oldest)
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
    for (const [origin, pool] of this.#pools) this.#close(origin, pool)
    await Promise.all(this.#closing.values())
    clearTimeout(limit)
  }

  /** Ends every call at once; they fail with the error. */
  async destroy(error: TransportError): Promise<void> {
    this.retired = true
    const pools = [...this.#pools.values(), ...this.#closing.keys()]
    this.#pools.clear()
    this.#newest = undefined
    await Promise.all(pools.map((pool) => pool.destroy(error)))
  }

  counts(): PoolCounts {
    const counts = { targets: this.#pools.size, connections: 0, running: 0, queued: 0 }
    for (const pool of [...this.#pools.values(), ...this.#closing.keys()]) {
      const { connections, running, queued } = pool.counts()
      counts.connections += connections
      counts.running += running
      counts.queued += queued
    }
    return counts
  }

  #close(origin: string, pool: TargetPool): void {
    this.#pools.delete(origin)
    if (this.#newest?.pool === pool) this.#newest = undefined
    this.#closing.set(
      pool,
      pool.close().finally(() => this.#closing.delete(pool)),
    )
  }
}
