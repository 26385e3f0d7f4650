import { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AccountId, tlsKey } from '@mtls-gateway/domain'
import { TurnBatch } from '@mtls-gateway/event-loop'
import { AddressLookup, type AddressSource } from '../addresses/address-lookup.ts'
import { TargetGuard } from '../addresses/target-guard.ts'
import { type ConnectionOptions, createConnector, type Egress } from '../connect/connection-attempt.ts'
import { ConnectionPlaces, connectionMemoryLimits } from '../connect/connection-places.ts'
import { type ConnectionSettings, defaultConnectionSettings } from '../connect/connection-settings.ts'
import { EventLoopShares, handshakeLimits, targetCostLimits } from '../connect/event-loop-shares.ts'
import type { ConnectionWatch } from '../connect/opening-times.ts'
import type { EgressProxy } from '../connect/proxy-tunnel.ts'
import { TransportError } from '../failures/transport-error.ts'
import { Rounds } from '../http1/rounds.ts'
import { type PoolParts, TargetPool } from '../http1/target-pool.ts'
import type { AccountIdentity, ConnectionIdentity } from '../identities/connection-identity.ts'
import { type DeploymentTrust, deploymentTrust } from '../identities/target-trust.ts'
import { TlsContext } from '../identities/tls-contexts.ts'
import {
  type IdentitiesInUse,
  type IdentityPools,
  identityLimits,
  OpenIdentities,
  type OpenTargetPool,
} from './open-identities.ts'

export interface UpstreamPoolsOptions {
  readonly guard: TargetGuard
  /** How names become addresses; an {@link AddressLookup} with its defaults if left out. */
  readonly addresses?: AddressSource
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa?: readonly string[]
  readonly settings?: Partial<ConnectionSettings>
  /** Divides the memory of identities between accounts, by {@link identityLimits}; its own by default. */
  readonly room?: Bulkhead
  /** Divides the handshakes that are under way between accounts, by `handshakeLimits`; its own by default. */
  readonly handshakes?: Bulkhead
  /** Divides what targets cost beyond the usual between accounts, by `targetCostLimits`; its own by default. */
  readonly targetCosts?: Bulkhead
  /** Divides connections between accounts, by `connectionPlaceLimits`; not divided by default. */
  readonly connections?: Bulkhead
  /** With `connections`: divides what they keep of memory beyond the usual, by `connectionMemoryLimits`. */
  readonly connectionMemory?: Bulkhead
  /** The proxy through which an account's connections go, asked for each of them. Default: they go out directly. */
  readonly egress?: ((owner: string) => EgressProxy | undefined) | undefined
  /** Told of each new connection. */
  readonly watch?: ConnectionWatch
}

const unbounded = Number.MAX_SAFE_INTEGER

/** What differs between connections that are kept, and those for one call. */
type ConnectionExtras = Pick<PoolParts, 'owner' | 'limits' | 'givesWay'> &
  Pick<ConnectionOptions, 'loop' | 'takePlace' | 'onHandshake'>

/**
 * The connections of all identities: whatever differs in account, certificate version, trust or TLS settings shares
 * no connection and no TLS session, so that no request can go out with another tenant's certificate.
 */
export class UpstreamPools {
  readonly #addresses: AddressSource
  readonly #trust: DeploymentTrust
  readonly #settings: ConnectionSettings
  readonly #egress: ((owner: string) => Egress) | undefined
  readonly #ofAllConnections: Pick<ConnectionOptions, 'guard' | 'connectTimeoutMs' | 'handshakeTimeoutMs' | 'watch'>
  readonly #ofAllPools: Pick<PoolParts, 'rounds' | 'turnBatch'>
  readonly identities: OpenIdentities
  readonly #eventLoop: EventLoopShares
  #closed = false

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor(options: UpstreamPoolsOptions) {
    const { guard, watch, connections } = options
    this.#addresses = options.addresses ?? new AddressLookup({ guard })
    this.#trust = deploymentTrust(options.extraCa ?? [])
    this.#settings = { ...defaultConnectionSettings, ...options.settings }
    this.#egress = options.egress && egressOf(options.egress)
    const memory = options.connectionMemory ?? new Bulkhead('connection-memory', connectionMemoryLimits(unbounded))
    const { connectTimeoutMs, handshakeTimeoutMs, headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = this.#settings
    const rounds = new Rounds(Math.min(headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs))
    const places = connections && new ConnectionPlaces(connections, memory, rounds.all)
    this.#eventLoop = new EventLoopShares(
      options.handshakes ?? new Bulkhead('handshakes', handshakeLimits),
      options.targetCosts ?? new Bulkhead('target-costs', targetCostLimits),
    )
    this.identities = new OpenIdentities({
      bulkhead: options.room ?? new Bulkhead('hot-identities', identityLimits(this.#settings)),
      settings: this.#settings,
      trust: this.#trust,
      openerOf: (identity, context) =>
        this.#openerOf(identity, context, {
          owner: identity.accountId,
          limits: this.#settings,
          loop: this.#eventLoop.of(identity.accountId),
          takePlace: places && ((until) => places.take(identity.accountId, until)),
          givesWay: places && ((socket) => places.giveWay(identity.accountId, socket)),
        }),
    })
    this.#ofAllConnections = { guard, connectTimeoutMs, handshakeTimeoutMs, watch }
    this.#ofAllPools = { rounds, turnBatch: new TurnBatch() }
  }

  /**
   * For requests that begin at once: later it may be gone or retired, so a repetition acquires anew.
   * @param origin `https://host` or `https://host:port`
   * @throws TransportError `SHUTTING_DOWN`
   * @throws CodedError `TOO_MANY_CALLS`: there is no room for one more identity of the account
   */
  acquire(identity: AccountIdentity, origin: string): TargetPool {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    const pools = this.identities.use(identity) ?? this.identities.open(identity)
    return pools.pool(origin)
  }

  /**
   * A pool that is kept nowhere: for one call with credentials that may not even be stored. Whoever asks for it
   * destroys it.
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   */
  openApart(identity: ConnectionIdentity, origin: string, onHandshake?: ConnectionOptions['onHandshake']): TargetPool {
    const limits = { ...this.#settings, connectionsPerTarget: 1 }
    const ownContext = new TlsContext(identity, this.#trust)
    const owner = identity.accountId ?? new URL(origin).hostname
    const pool = this.#openerOf(identity, ownContext, { owner, limits, onHandshake })(origin)
    void pool.ended.then(() => ownContext.close())
    return pool
  }

  /** The way out of these accounts is another one: open connections take no new request, and close with their last. */
  reroute(hasChanged: (accountId: AccountId) => boolean): void {
    for (const pools of this.identities.all()) if (hasChanged(pools.identity.accountId)) this.#drain(pools)
  }

  /**
   * Retires the pools of all identities with a certificate but those that are still in use: they take no new request
   * and close with their last one, after 10 minutes at most.
   */
  retain(accountId: AccountId, inUse: IdentitiesInUse): void {
    for (const pools of this.identities.ofAccount(accountId)) {
      const { credentials, trust, tls } = pools.identity
      if (credentials === undefined || inUse.has(credentials.versionId, trust?.key, tls && tlsKey(tls))) continue
      this.#drain(pools)
    }
  }

  #drain(pools: IdentityPools): void {
    if (!pools.retired) void this.identities.end(pools, undefined, this.#settings.drainTimeoutMs)
  }

  /** Ends every connection made with this version, and the calls on it, at once: its certificate was deleted. */
  async revoke(accountId: AccountId, versionId: string): Promise<void> {
    const ofAccount = this.identities.ofAccount(accountId)
    const revoked = ofAccount.filter(({ identity }) => identity.credentials?.versionId === versionId)
    await this.#end(revoked, new TransportError('CLIENT_CERTIFICATE_DELETED'))
  }

  /** Takes no more requests; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#stop()
    await this.#end(this.identities.all())
  }

  /** Ends every call at once; they fail with `SHUTTING_DOWN`. */
  async destroy(): Promise<void> {
    this.#stop()
    await this.#end(this.identities.all(), new TransportError('SHUTTING_DOWN'))
  }

  #stop(): void {
    this.#closed = true
    this.identities.stop()
  }

  async #end(all: readonly IdentityPools[], error?: TransportError): Promise<void> {
    await Promise.all(all.map((pools) => this.identities.end(pools, error)))
  }

  #openerOf(
    identity: ConnectionIdentity,
    context: TlsContext,
    { owner, limits, loop, givesWay, ...extras }: ConnectionExtras,
  ): OpenTargetPool {
    const connect = createConnector({
      ...this.#ofAllConnections,
      lookup: this.#addresses.of(owner),
      context,
      identity,
      egress: this.#egress?.(owner),
      loop,
      ...extras,
    })
    const parts = { ...this.#ofAllPools, connect, owner, limits, loop, givesWay }
    return (origin, onEmpty) => new TargetPool(origin, parts, onEmpty)
  }
}

/** Names of proxies are looked up as those of targets are. The operator has chosen them: all addresses pass. */
function egressOf(proxyOf: (owner: string) => EgressProxy | undefined): (owner: string) => Egress {
  const guard = new TargetGuard({ allowCidrs: ['0.0.0.0/0', '::/0'], ports: 'any' })
  const lookup = new AddressLookup({ guard }).of('egress-proxies')
  return (owner) => ({ proxy: () => proxyOf(owner), lookup })
}
