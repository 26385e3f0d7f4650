import type { LookupFunction } from 'node:net'
import type { AccountId } from '@mtls-gateway/domain'
import { AddressLookup } from './address-lookup.ts'
import { CallerIndex } from './caller-index.ts'
import { type CallerParts, CallerPools, type PoolCounts } from './caller-pools.ts'
import { checkCertificates } from './certificate-list.ts'
import { type ConnectionCaller, createCallerContext, type TargetCaller } from './client-identity.ts'
import { type ConnectionSettings, defaultConnectionSettings } from './connection-settings.ts'
import { createConnector } from './connector.ts'
import { EndOfTurn } from './end-of-turn.ts'
import type { Handshake } from './handshake.ts'
import { Deadlines } from './http1/deadlines.ts'
import { TargetPool } from './http1/target-pool.ts'
import type { TargetGuard } from './target-guard.ts'
import { TransportError } from './transport-error.ts'

export interface DispatchersOptions {
  readonly guard: TargetGuard
  /** How names become addresses; an {@link AddressLookup} with its defaults if left out. */
  readonly lookup?: LookupFunction
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa?: readonly string[]
  readonly settings?: Partial<ConnectionSettings>
  /** OpenSSL tells of each handshake on the standard error of the process: for a process that makes one call. */
  readonly trace?: boolean
}

export interface DispatcherStats extends PoolCounts {
  /** Callers (account, certificate version, trust) that take requests. */
  readonly callers: number
  /** Callers whose last requests are still on their way. */
  readonly draining: number
}

/**
 * The connections of all callers: whatever differs in account, certificate version or trust shares no connection and
 * no TLS session, so that no request can go out with another tenant's certificate.
 */
export class Dispatchers {
  readonly #guard: TargetGuard
  readonly #lookup: LookupFunction
  readonly #extraCa: readonly string[]
  readonly #settings: ConnectionSettings
  readonly #trace: boolean
  readonly #deadlines: Deadlines
  readonly #endOfTurn = new EndOfTurn()
  readonly #callers: CallerIndex
  #closed = false

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor(options: DispatchersOptions) {
    this.#guard = options.guard
    this.#lookup = options.lookup ?? new AddressLookup().lookup
    this.#extraCa = options.extraCa ?? []
    this.#settings = { ...defaultConnectionSettings, ...options.settings }
    this.#trace = options.trace ?? false
    this.#callers = new CallerIndex(this.#settings.maxCallers, (pools) => void this.#retire(pools))
    const { headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = this.#settings
    this.#deadlines = new Deadlines(Math.min(headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs))
    for (const pem of this.#extraCa) checkCertificates(pem)
  }

  /**
   * The dispatcher for calls of this caller to this origin. It is for requests that begin in the same turn of the event loop:
   * later it may be retired, so a repetition acquires anew.
   * @param origin `https://host` or `https://host:port`
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `SHUTTING_DOWN`
   */
  acquire(caller: TargetCaller, origin: string): TargetPool {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    const key = `${caller.accountId} ${caller.identity?.versionId ?? ''} ${caller.trust?.key ?? ''}`
    return (this.#callers.use(key) ?? this.#open(key, caller)).pool(origin)
  }

  /**
   * A dispatcher that is kept nowhere: for one call with an identity that may not even be stored. Whoever asks for it
   * destroys it.
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   */
  openApart(caller: ConnectionCaller, origin: string, onHandshake: (handshake: Handshake) => void): TargetPool {
    const limits = { ...this.#settings, connectionsPerTarget: 1 }
    return new TargetPool(origin, { ...this.#parts(caller, onHandshake), limits })
  }

  /**
   * Retires the dispatchers of all certificate versions of this account but those named: they take no new request and close
   * with their last one, after 10 minutes at most.
   */
  retain(accountId: AccountId, versionIds: ReadonlySet<string>): void {
    for (const pools of this.#callers.ofAccount(accountId)) {
      if (pools.retired || pools.versionId === undefined || versionIds.has(pools.versionId)) continue
      void this.#retire(pools, this.#settings.drainTimeoutMs)
    }
  }

  /** Ends every connection that was made with this version, and the calls on it, at once: its certificate was deleted. */
  async revoke(accountId: AccountId, versionId: string): Promise<void> {
    const revoked = this.#callers.ofAccount(accountId).filter((pools) => pools.versionId === versionId)
    await Promise.all(revoked.map((pools) => this.#destroy(pools, new TransportError('CLIENT_CERTIFICATE_DELETED'))))
  }

  /** Takes no more requests; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#callers.all().map((pools) => this.#retire(pools)))
  }

  /** Ends every call at once; they fail with `SHUTTING_DOWN`. */
  async destroy(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#callers.all().map((pools) => this.#destroy(pools, new TransportError('SHUTTING_DOWN'))))
  }

  stats(): DispatcherStats {
    const all = this.#callers.all()
    const counts = all.map((pools) => pools.counts())
    const sum = (name: keyof PoolCounts) => counts.reduce((total, each) => total + each[name], 0)
    return {
      callers: this.#callers.liveCount,
      draining: all.length - this.#callers.liveCount,
      targets: sum('targets'),
      connections: sum('connections'),
      running: sum('running'),
      queued: sum('queued'),
    }
  }

  #open(key: string, caller: TargetCaller): CallerPools {
    const pools = new CallerPools(key, caller, this.#parts(caller, undefined))
    this.#callers.add(pools)
    return pools
  }

  async #retire(pools: CallerPools, limitMs?: number): Promise<void> {
    this.#callers.takeOut(pools)
    await pools.retire(limitMs)
    this.#callers.forget(pools)
  }

  async #destroy(pools: CallerPools, error: TransportError): Promise<void> {
    this.#callers.takeOut(pools)
    await pools.destroy(error)
    this.#callers.forget(pools)
  }

  #parts(caller: ConnectionCaller, onHandshake: ((handshake: Handshake) => void) | undefined): CallerParts {
    return {
      connect: this.#connector(caller, onHandshake),
      limits: this.#settings,
      deadlines: this.#deadlines,
      endOfTurn: this.#endOfTurn,
    }
  }

  #connector(caller: ConnectionCaller, onHandshake: ((handshake: Handshake) => void) | undefined) {
    return createConnector({
      guard: this.#guard,
      lookup: this.#lookup,
      secureContext: createCallerContext(caller, this.#extraCa),
      hasClientCertificate: caller.identity !== undefined,
      trace: this.#trace,
      trust: caller.trust,
      connectTimeoutMs: this.#settings.connectTimeoutMs,
      handshakeTimeoutMs: this.#settings.handshakeTimeoutMs,
      onHandshake,
    })
  }
}
