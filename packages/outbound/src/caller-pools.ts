import { type buildConnector, Pool } from 'undici'
import type { TargetCaller } from './client-identity.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import { TransportError } from './transport-error.ts'

/** What a dispatcher holds, to be added up for metrics. */
export interface PoolCounts {
  readonly targets: number
  readonly connections: number
  readonly running: number
  readonly queued: number
}

export function createPool(origin: string, connect: buildConnector.connector, settings: ConnectionSettings): Pool {
  return new Pool(origin, {
    connect,
    // Otherwise the first connection of each pool is a probe, and calls queue behind it, although we offer no HTTP/2.
    allowH2: false,
    pipelining: 1,
    connections: settings.connectionsPerTarget,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs,
  })
}

/**
 * The pools of one caller, one for each target, all with one TLS context. undici's Agent does not serve: with `maxOrigins`
 * reached it fails the call instead of dropping an idle origin, and once closed it can no longer be destroyed.
 */
export class CallerPools {
  readonly key: string
  readonly accountId: TargetCaller['accountId']
  readonly versionId: string | undefined
  retired = false
  readonly #connect: buildConnector.connector
  readonly #settings: ConnectionSettings
  readonly #pools = new Map<string, Pool>()
  readonly #closing = new Map<Pool, Promise<void>>()

  constructor(key: string, caller: TargetCaller, connect: buildConnector.connector, settings: ConnectionSettings) {
    this.key = key
    this.accountId = caller.accountId
    this.versionId = caller.identity?.versionId
    this.#connect = connect
    this.#settings = settings
  }

  /** The target's pool; the least recently used one gives way to it where there are too many. */
  pool(origin: string): Pool {
    const pool = this.#pools.get(origin) ?? createPool(origin, this.#connect, this.#settings)
    // The newest last, so that the first is the one to drop.
    this.#pools.delete(origin)
    this.#pools.set(origin, pool)
    const [oldest] = this.#pools
    if (oldest !== undefined && this.#pools.size > this.#settings.maxTargetsPerCaller) this.#close(...oldest)
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
    await Promise.all(pools.map((pool) => pool.destroy(error)))
  }

  counts(): PoolCounts {
    const counts = { targets: this.#pools.size, connections: 0, running: 0, queued: 0 }
    for (const pool of [...this.#pools.values(), ...this.#closing.keys()]) {
      const { connected, running, pending } = pool.stats
      counts.connections += connected
      counts.running += running
      counts.queued += pending
    }
    return counts
  }

  #close(origin: string, pool: Pool): void {
    this.#pools.delete(origin)
    this.#closing.set(
      pool,
      pool.close().finally(() => this.#closing.delete(pool)),
    )
  }
}
