import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { isPromise } from '@mtls-gateway/event-loop'
import { LRUCache } from 'lru-cache'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { TransportError } from '../failures/transport-error.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'
import { type TlsContext, TlsContexts } from '../identities/tls-contexts.ts'
import { IdentityPools, type OpenTargetPool, type PoolCounts } from './identity-pools.ts'

/** What an identity with one connection takes: its context, pool, TLS and what JavaScript keeps of them (ADR 60). */
export const hotIdentityBytes = 139 * 1024
/** The part of it that lies in V8's heap. Measured: 9,700 of them filled one of 560 MiB. */
export const hotIdentityHeapBytes = 56 * 1024

/** How the memory of identities is divided, in bytes: a tenth of it is kept for accounts that have no identity. */
export function identityLimits({
  maxIdentities,
  maxIdentitiesPerAccount,
}: Pick<ConnectionSettings, 'maxIdentities' | 'maxIdentitiesPerAccount'>): BulkheadLimits {
  const reserved = Math.floor(maxIdentities / 10)
  return {
    total: maxIdentities * hotIdentityBytes,
    share: Math.min(maxIdentitiesPerAccount, maxIdentities - reserved) * hotIdentityBytes,
    reserve: reserved * hotIdentityBytes,
  }
}

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
  readonly openerOf: (identity: AccountIdentity, context: TlsContext) => OpenTargetPool
}

interface AccountIdentities {
  /** Also those that drain. */
  readonly all: Set<IdentityPools>
  /** About what its identities take, but for those that were idle when they were taken out. */
  bytes: number
}

/**
 * The identities that keep connections, from their first call until nobody needs them, or others need their room. Where
 * there is none for one more, one that is idle gives way: the least recently used of the account itself where that has
 * more than its equal part, else that of an account that has more. Calls under way are never ended for it.
 */
export class OpenIdentities {
  readonly #bulkhead: Bulkhead
  readonly #limits: BulkheadLimits
  readonly #openerOf: OpenIdentitiesOptions['openerOf']
  readonly #maxTargets: number
  readonly #contexts: TlsContexts
  /** Those that take requests, by key and last use. */
  readonly #live: LRUCache<string, IdentityPools>
  readonly #accounts = new Map<AccountId, AccountIdentities>()
  readonly #sweep: NodeJS.Timeout
  #round = 0
  #evicted = 0

  constructor({ bulkhead, settings, extraCa, openerOf }: OpenIdentitiesOptions) {
    this.#bulkhead = bulkhead
    this.#limits = identityLimits(settings)
    this.#openerOf = openerOf
    this.#maxTargets = settings.maxTargetsPerIdentity
    this.#contexts = new TlsContexts(extraCa)
    // Whoever adds one more has taken one out: there is room for it in bytes.
    this.#live = new LRUCache({ max: settings.maxIdentities })
    this.#sweep = setInterval(() => this.#retireUnused(), settings.idleIdentityMs).unref()
  }

  /** The pools of an identity that is open, which counts as used now; undefined if it isn't. */
  use(identity: AccountIdentity): IdentityPools | undefined {
    const pools = this.#live.get(identityKey(identity))
    if (pools !== undefined) pools.lastRound = this.#round
    return pools
  }

  /**
   * The pools of an identity that is not open yet.
   * @throws CodedError `TOO_MANY_CALLS`: the account has no room for one more identity
   */
  open(identity: AccountIdentity): IdentityPools {
    const { accountId, trust } = identity
    const key = identityKey(identity)
    // About what it takes of the process, as if it shared its context with nobody. One that takes more than a share is
    // let in as the whole of it.
    const bytes = Math.min(hotIdentityBytes + (trust?.ca?.bytes ?? 0), this.#limits.share)
    const room = this.#takeRoom(accountId, bytes)
    const open = this.#openerOf(identity, this.#contexts.lease(identity))
    const pools = new IdentityPools({ key, identity, bytes, room, open, maxTargets: this.#maxTargets })
    pools.lastRound = this.#round
    this.#live.set(key, pools)
    const ofAccount = this.#accounts.get(accountId) ?? { all: new Set(), bytes: 0 }
    ofAccount.all.add(pools)
    ofAccount.bytes += bytes
    this.#accounts.set(accountId, ofAccount)
    return pools
  }

  ofAccount(accountId: AccountId): readonly IdentityPools[] {
    return [...(this.#accounts.get(accountId)?.all ?? [])]
  }

  all(): readonly IdentityPools[] {
    return [...this.#accounts.values()].flatMap(({ all }) => [...all])
  }

  /** It takes no more requests; resolves when the last one has ended, after the limit at most. */
  async retire(pools: IdentityPools, limitMs?: number): Promise<void> {
    this.#takeOut(pools)
    await pools.retire(limitMs)
    this.#forget(pools)
  }

  /** Ends its calls at once; they fail with the error. */
  async destroy(pools: IdentityPools, error: TransportError): Promise<void> {
    this.#takeOut(pools)
    await pools.destroy(error)
    this.#forget(pools)
  }

  /** No longer looks for those that are not used. */
  stop(): void {
    clearInterval(this.#sweep)
  }

  stats(): IdentityStats {
    return { identities: this.#live.size, contexts: this.#contexts.size, evicted: this.#evicted }
  }

  /** As {@link stats}, with what is counted for it identity by identity. */
  fullStats(): UpstreamStats {
    const all = this.all()
    const counts = all.map((pools) => pools.counts())
    const sum = (name: keyof PoolCounts) => counts.reduce((total, each) => total + each[name], 0)
    return {
      ...this.stats(),
      draining: all.length - this.#live.size,
      targets: sum('targets'),
      connections: sum('connections'),
      running: sum('running'),
      queued: sum('queued'),
    }
  }

  /** @throws CodedError `TOO_MANY_CALLS`: all that could give way have calls */
  #takeRoom(accountId: AccountId, bytes: number): Permit {
    for (;;) {
      const permit = this.#bulkhead.tryAcquire(accountId, bytes)
      if (permit !== undefined) return permit
      const pools = this.#victim(accountId, bytes)
      if (pools === undefined) return refuse(this.#bulkhead, accountId, bytes)
      this.#evicted++
      void this.retire(pools)
    }
  }

  #victim(accountId: AccountId, bytes: number): IdentityPools | undefined {
    const { total, share, reserve } = this.#limits
    const bytesOf = (account: AccountId) => this.#accounts.get(account)?.bytes ?? 0
    const held = bytesOf(accountId)
    const ownIdle = () => this.#oldestIdle((pools) => pools.identity.accountId === accountId)
    if (held + bytes > share) return ownIdle()
    // The reserve is no part of what can be full: only newcomers get into it.
    const equalPart = (total - reserve) / (this.#accounts.size + (held === 0 ? 1 : 0))
    const own = held > 0 && held + bytes > equalPart ? ownIdle() : undefined
    if (own !== undefined) return own
    const most = Math.max(equalPart, held + bytes)
    const ofTheRich = this.#oldestIdle((pools) => bytesOf(pools.identity.accountId) >= most)
    // Who has nothing yet gets in wherever somebody is idle; anyone else gives up one of its own.
    return ofTheRich ?? (held === 0 ? this.#oldestIdle(() => true) : ownIdle())
  }

  /** The least recently used of those that take requests which has no call and is wanted. */
  #oldestIdle(isWanted: (pools: IdentityPools) => boolean): IdentityPools | undefined {
    for (const pools of this.#live.rvalues()) if (pools && isWanted(pools) && !pools.isBusy) return pools
    return undefined
  }

  /** The idle ones that were not used since the last time. */
  #retireUnused(): void {
    const unused: IdentityPools[] = []
    for (const pools of this.#live.rvalues()) {
      if (pools === undefined || pools.lastRound === this.#round) break
      if (!pools.isBusy) unused.push(pools)
    }
    this.#round++
    for (const pools of unused) void this.retire(pools)
  }

  /** It takes no more requests. A version that came back meanwhile has a new entry under the same key, which stays. */
  #takeOut(pools: IdentityPools): void {
    if (this.#live.peek(pools.key) === pools) this.#live.delete(pools.key)
    if (!pools.isBusy) this.#uncount(pools)
  }

  /** It has no more requests. */
  #forget(pools: IdentityPools): void {
    const { identity } = pools
    this.#uncount(pools)
    const ofAccount = this.#accounts.get(identity.accountId)
    // Retired, and destroyed meanwhile: it ends twice.
    if (!ofAccount?.all.delete(pools)) return
    if (ofAccount.all.size === 0) this.#accounts.delete(identity.accountId)
    this.#contexts.giveBack(identity)
  }

  #uncount(pools: IdentityPools): void {
    const ofAccount = this.#accounts.get(pools.identity.accountId)
    if (ofAccount === undefined || !pools.isCounted) return
    pools.isCounted = false
    pools.room.release()
    ofAccount.bytes -= pools.bytes
  }
}

/** Identities with the same key are the same identity. */
function identityKey({ accountId, credentials, trust }: AccountIdentity): string {
  return `${accountId} ${credentials?.versionId ?? ''} ${trust?.key ?? ''}`
}

/** Counted, and by the pool's own words. */
function refuse(bulkhead: Bulkhead, accountId: AccountId, bytes: number): Permit {
  const permit = bulkhead.acquire(accountId, bytes)
  if (isPromise(permit)) throw new TypeError('nobody waits for room')
  return permit
}
