import type { SecureContext } from 'node:tls'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { TurnBatch, WorkTime } from '@mtls-gateway/event-loop'
import { AddressLookup, type AddressSource } from '../addresses/address-lookup.ts'
import type { TargetGuard } from '../addresses/target-guard.ts'
import { type AccountPlaces, ConnectionPlaces } from '../connect/connection-places.ts'
import { type ConnectionSettings, defaultConnectionSettings } from '../connect/connection-settings.ts'
import { createConnector } from '../connect/connector.ts'
import type { HandshakeListener } from '../connect/handshake.ts'
import type { ExtraBytes } from '../connect/kept-memory.ts'
import type { ConnectionWatch } from '../connect/opening-times.ts'
import { TransportError } from '../failures/transport-error.ts'
import { Deadlines } from '../http1/deadlines.ts'
import type { OpenUpstreamPool, Upstream, UpstreamPool, Upstreams } from '../http1/exchange.ts'
import { type PoolLimits, TargetPool } from '../http1/target-pool.ts'
import { checkDeploymentCas } from '../identities/certificate-list.ts'
import type { AccountIdentity, ConnectionIdentity } from '../identities/connection-identity.ts'
import { createTlsContext } from '../identities/create-tls-context.ts'
import { type AccountLoop, EventLoopTurns, handshakeLimits } from '../turns/event-loop-turns.ts'
import type { IdentityPools } from './identity-pools.ts'
import { identityLimits } from './identity-room.ts'
import {
  type IdentitiesInUse,
  type IdentityStats,
  identityKey,
  OpenIdentities,
  type UpstreamStats,
} from './open-identities.ts'
import { OpeningTurns } from './opening-turns.ts'

export interface UpstreamPoolsOptions {
  readonly guard: TargetGuard
  /** How names become addresses; an {@link AddressLookup} with its defaults if left out. */
  readonly addresses?: AddressSource
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa?: readonly string[]
  readonly settings?: Partial<ConnectionSettings>
  /** Divides the memory of identities between accounts, by {@link identityLimits}; its own by default. */
  readonly room?: Bulkhead
  /** Divides the time in which TLS contexts are made between accounts, by `contextLimits`; not divided by default. */
  readonly makingContexts?: Bulkhead
  /** Divides the handshakes that are under way between accounts, by `handshakeLimits`; its own by default. */
  readonly handshakes?: Bulkhead
  /** With `connections`: what idle ones may keep of memory beyond the usual; unbounded by default. */
  readonly connectionMemory?: ExtraBytes | undefined
  /** Divides connections between accounts, by `connectionPlaceLimits`; not divided by default. */
  readonly connections?: Bulkhead
  /** Told of each new connection. */
  readonly watch?: ConnectionWatch
  /** OpenSSL tells of each handshake on the standard error of the process: for a process that makes one call. */
  readonly trace?: boolean
}

/** What differs between connections that are kept, and those for one call. */
interface ConnectionExtras {
  /** Whose names are looked up. */
  readonly owner: string
  readonly loop?: AccountLoop
  readonly places?: AccountPlaces | undefined
  readonly limits: PoolLimits
  readonly onHandshake?: HandshakeListener
}

/**
 * The connections of all identities: whatever differs in account, certificate version or trust shares no connection and
 * no TLS session, so that no request can go out with another tenant's certificate.
 */
export class UpstreamPools implements Upstreams {
  readonly #guard: TargetGuard
  readonly #addresses: AddressSource
  readonly #extraCa: readonly string[]
  readonly #settings: ConnectionSettings
  readonly #trace: boolean
  readonly #watch: ConnectionWatch | undefined
  readonly #deadlines: Deadlines
  readonly #turnBatch = new TurnBatch()
  readonly #identities: OpenIdentities
  readonly #turns = new OpeningTurns()
  readonly #eventLoop: EventLoopTurns
  #closed = false

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor(options: UpstreamPoolsOptions) {
    this.#guard = options.guard
    this.#addresses = options.addresses ?? new AddressLookup({ guard: options.guard })
    this.#extraCa = options.extraCa ?? []
    this.#settings = { ...defaultConnectionSettings, ...options.settings }
    this.#trace = options.trace ?? false
    this.#watch = options.watch
    checkDeploymentCas(this.#extraCa)
    const { connections, connectionMemory } = options
    const closeIdle = (accountId: AccountId) => this.#closeIdle(accountId)
    const places = connections && new ConnectionPlaces(connections, closeIdle, connectionMemory)
    this.#identities = new OpenIdentities({
      bulkhead: options.room ?? new Bulkhead('hot-identities', identityLimits(this.#settings)),
      makingContexts: options.makingContexts,
      settings: this.#settings,
      extraCa: this.#extraCa,
      openerOf: (identity, secureContext) =>
        this.#openerOf(identity, secureContext, {
          owner: identity.accountId,
          limits: this.#settings,
          loop: this.#eventLoop.of(identity.accountId),
          places: places?.of(identity.accountId),
        }),
    })
    this.#eventLoop = new EventLoopTurns(options.handshakes ?? new Bulkhead('handshakes', handshakeLimits))
    const { headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = this.#settings
    this.#deadlines = new Deadlines(Math.min(headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs))
  }

  acquire(identity: AccountIdentity, origin: string): Upstream {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    const pools = this.#identities.use(identity) ?? this.#open(identity)
    return pools.pool(origin)
  }

  acquireOpen(identity: AccountIdentity, origin: string): Upstream | undefined {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    this.#eventLoop.noteCall(identity.accountId)
    return this.#identities.use(identity)?.pool(origin)
  }

  /** By {@link OpeningTurns}. */
  turn(identity: AccountIdentity, isWanted: () => boolean): Promise<void> {
    return this.#turns.next(identity.accountId, identityKey(identity), isWanted)
  }

  /**
   * A pool that is kept nowhere: for one call with credentials that may not even be stored. Whoever asks for it
   * destroys it.
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   */
  openApart(identity: ConnectionIdentity, origin: string, onHandshake: HandshakeListener): UpstreamPool {
    const limits = { ...this.#settings, connectionsPerTarget: 1 }
    const context = createTlsContext(identity, this.#extraCa)
    return this.#openerOf(identity, context, { owner: '', limits, onHandshake })(origin)
  }

  /**
   * Retires the pools of all identities with a certificate but those that are still in use: they take no new request
   * and close with their last one, after 10 minutes at most.
   */
  retain(accountId: AccountId, inUse: IdentitiesInUse): void {
    for (const pools of this.#identities.ofAccount(accountId)) {
      if (pools.retired || pools.versionId === undefined || inUse.has(pools.versionId, pools.trustKey)) continue
      void this.#identities.retire(pools, this.#settings.drainTimeoutMs)
    }
  }

  /** Ends every connection made with this version, and the calls on it, at once: its certificate was deleted. */
  async revoke(accountId: AccountId, versionId: string): Promise<void> {
    const revoked = this.#identities.ofAccount(accountId).filter((pools) => pools.versionId === versionId)
    await Promise.all(
      revoked.map((pools) => this.#identities.destroy(pools, new TransportError('CLIENT_CERTIFICATE_DELETED'))),
    )
  }

  /** Takes no more requests; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#stop()
    await Promise.all(this.#identities.all().map((pools) => this.#identities.retire(pools)))
  }

  /** Ends every call at once; they fail with `SHUTTING_DOWN`. */
  async destroy(): Promise<void> {
    this.#stop()
    await Promise.all(
      this.#identities.all().map((pools) => this.#identities.destroy(pools, new TransportError('SHUTTING_DOWN'))),
    )
  }

  stats(): UpstreamStats {
    return this.#identities.fullStats()
  }

  /** As {@link stats}, without what has to be counted identity by identity. */
  identityStats(): IdentityStats {
    return this.#identities.stats()
  }

  /** A new identity's context takes about as long as its handshake, and counts with it. */
  #open(identity: AccountIdentity): IdentityPools {
    const work = new WorkTime()
    work.begin()
    try {
      return this.#identities.open(identity)
    } finally {
      work.end()
      this.#eventLoop.of(identity.accountId).noteWork(work.ms)
    }
  }

  /** Any one will do. */
  #closeIdle(accountId: AccountId): boolean {
    return this.#identities.ofAccount(accountId).some((pools) => pools.closeIdle())
  }

  #stop(): void {
    this.#closed = true
    this.#identities.stop()
  }

  /** Here it is decided which version of HTTP a target is called by. */
  #openerOf(
    identity: ConnectionIdentity,
    secureContext: SecureContext,
    { owner, loop, places, limits, onHandshake }: ConnectionExtras,
  ): OpenUpstreamPool {
    const connect = createConnector(
      {
        guard: this.#guard,
        lookup: this.#addresses.of(owner, loop),
        secureContext,
        hasClientCertificate: identity.credentials !== undefined,
        trace: this.#trace,
        trust: identity.trust,
        connectTimeoutMs: this.#settings.connectTimeoutMs,
        handshakeTimeoutMs: this.#settings.handshakeTimeoutMs,
        onHandshake,
        loop,
        watch: this.#watch,
      },
      places,
    )
    const parts = { connect, places, limits, deadlines: this.#deadlines, turnBatch: this.#turnBatch, loop }
    return (origin) => new TargetPool(origin, parts)
  }
}
