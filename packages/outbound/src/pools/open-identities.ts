import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { TransportError } from '../failures/transport-error.ts'
import type { OpenUpstreamPool } from '../http1/exchange.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'
import { type TlsContext, TlsContexts } from '../identities/tls-contexts.ts'
import { IdentityIndex } from './identity-index.ts'
import { IdentityPools, type PoolCounts } from './identity-pools.ts'
import { IdentityRoom, identityBytes, identityLimits } from './identity-room.ts'

/** What identities hold, by counters that are kept anyway. */
export interface IdentityStats {
  /** Identities (account, certificate version, trust) that take requests. */
  readonly identities: number
  /** TLS contexts, those of identities that drain among them. */
  readonly contexts: number
  /** Identities that have given way to others so far, because there was no room. */
  readonly evicted: number
}

export interface UpstreamStats extends IdentityStats, PoolCounts {
  /** Identities whose last requests are still on their way. */
  readonly draining: number
}

/** Which identities an account still makes calls with. */
export interface IdentitiesInUse {
  /** @param trustKey undefined: that of an identity without a trust of its own */
  has(versionId: string, trustKey: string | undefined): boolean
}

interface OpenIdentitiesOptions {
  /** Divides their memory between accounts, by {@link identityLimits}. */
  readonly bulkhead: Bulkhead
  readonly settings: ConnectionSettings
  readonly extraCa: readonly string[]
  /** How the pools of an identity are opened. */
  readonly openerOf: (identity: AccountIdentity, context: TlsContext) => OpenUpstreamPool
}

/** The identities that keep connections, from their first call until nobody needs them, or others need their room. */
export class OpenIdentities {
  readonly #openerOf: OpenIdentitiesOptions['openerOf']
  readonly #maxTargets: number
  readonly #share: number
  readonly #index: IdentityIndex
  readonly #room: IdentityRoom
  readonly #contexts: TlsContexts
  readonly #sweep: NodeJS.Timeout
  #evicted = 0

  constructor({ bulkhead, settings, extraCa, openerOf }: OpenIdentitiesOptions) {
    this.#openerOf = openerOf
    this.#maxTargets = settings.maxTargetsPerIdentity
    this.#contexts = new TlsContexts(extraCa)
    this.#index = new IdentityIndex(settings.maxIdentities)
    const evict = (pools: IdentityPools) => {
      this.#evicted++
      void this.retire(pools)
    }
    const limits = identityLimits(settings)
    this.#share = limits.share
    this.#room = new IdentityRoom({ bulkhead, limits, identities: this.#index, evict })
    this.#sweep = setInterval(() => this.#retireUnused(), settings.idleIdentityMs).unref()
  }

  /** The pools of an identity that is open, which counts as used now; undefined if it isn't. */
  use(identity: AccountIdentity): IdentityPools | undefined {
    return this.#index.use(identityKey(identity))
  }

  /**
   * The pools of an identity that is not open yet.
   * @throws CodedError `TOO_MANY_CALLS`: the account has no room for one more identity
   */
  open(identity: AccountIdentity): IdentityPools {
    const key = identityKey(identity)
    // One that takes more than a share is let in as the whole of it.
    const bytes = Math.min(identityBytes(identity), this.#share)
    const room = this.#room.take(identity.accountId, bytes)
    const lease = this.#contexts.lease(identity)
    const open = this.#openerOf(identity, lease.context)
    const pools = new IdentityPools({ key, identity, bytes, room, lease, open, maxTargets: this.#maxTargets })
    this.#index.add(pools)
    return pools
  }

  ofAccount(accountId: AccountId): readonly IdentityPools[] {
    return this.#index.ofAccount(accountId)
  }

  all(): readonly IdentityPools[] {
    return this.#index.all()
  }

  /** It takes no more requests; resolves when the last one has ended, after the limit at most. */
  async retire(pools: IdentityPools, limitMs?: number): Promise<void> {
    this.#index.takeOut(pools)
    await pools.retire(limitMs)
    this.#index.forget(pools)
  }

  /** Ends its calls at once; they fail with the error. */
  async destroy(pools: IdentityPools, error: TransportError): Promise<void> {
    this.#index.takeOut(pools)
    await pools.destroy(error)
    this.#index.forget(pools)
  }

  /** No longer looks for those that are not used. */
  stop(): void {
    clearInterval(this.#sweep)
  }

  stats(): IdentityStats {
    return { identities: this.#index.liveCount, contexts: this.#contexts.size, evicted: this.#evicted }
  }

  /** As {@link stats}, with what is counted for it identity by identity. */
  fullStats(): UpstreamStats {
    const all = this.#index.all()
    const counts = all.map((pools) => pools.counts())
    const sum = (name: keyof PoolCounts) => counts.reduce((total, each) => total + each[name], 0)
    return {
      ...this.stats(),
      draining: all.length - this.#index.liveCount,
      targets: sum('targets'),
      connections: sum('connections'),
      running: sum('running'),
      queued: sum('queued'),
    }
  }

  #retireUnused(): void {
    for (const pools of this.#index.unused()) void this.retire(pools)
  }
}

/** Identities with the same key are the same identity. */
export function identityKey({ accountId, credentials, trust }: AccountIdentity): string {
  return `${accountId} ${credentials?.versionId ?? ''} ${trust?.key ?? ''}`
}
