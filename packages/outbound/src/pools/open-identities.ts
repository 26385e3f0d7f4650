import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import { type AccountId, tlsKey } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { TargetPool } from '../http1/target-pool.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'
import type { DeploymentTrust } from '../identities/target-trust.ts'
import { TlsContext } from '../identities/tls-contexts.ts'

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

/**
 * @param origin `https://host` or `https://host:port`
 * @param onEmpty told whenever it has neither connections nor calls any more
 */
export type OpenTargetPool = (origin: string, onEmpty?: () => void) => TargetPool

/** What identities hold, by counters that are kept anyway. */
export interface IdentityStats {
  /** Identities (account, certificate version, trust, TLS settings) that take requests. */
  readonly identities: number
  /** TLS contexts of identities that present, trust or offer something of their own, those that drain among them. */
  readonly contexts: number
  /** Identities that have given way to others so far, because there was no room. */
  readonly evicted: number
}

/** Which identities an account still makes calls with. */
export interface IdentitiesInUse {
  /** What is undefined is that of an identity without a trust, or TLS settings, of its own. */
  has(versionId: string, trustKey: string | undefined, tlsKey: string | undefined): boolean
}

/** The pools of one identity, one for each target, all with one TLS context. */
export class IdentityPools {
  readonly key: string
  readonly identity: AccountIdentity
  /** Where it shares none with others. */
  readonly ownContext: TlsContext | undefined
  /** A note of `OpenIdentities`: when it was used last. */
  lastRound = 0
  retired = false
  #room: Permit | undefined
  readonly #open: OpenTargetPool
  /** Those that have connections or calls, or have just been asked for: there are no more of them than of those. */
  readonly #pools = new Map<string, TargetPool>()

  /**
   * @param room its place among all identities
   * @param open opens a pool with its TLS context
   */
  constructor(identity: AccountIdentity, ownContext: TlsContext | undefined, room: Permit, open: OpenTargetPool) {
    this.key = identityKey(identity)
    this.identity = identity
    this.ownContext = ownContext
    this.#room = room
    this.#open = open
  }

  get targets(): readonly TargetPool[] {
    return [...this.#pools.values()]
  }

  /** Whether there are calls, under way or waiting for a connection. */
  get isBusy(): boolean {
    for (const pool of this.#pools.values()) {
      const { running, queued } = pool.counts()
      if (running + queued > 0) return true
    }
    return false
  }

  /** The target's pool, for requests that begin at once. */
  pool(origin: string): TargetPool {
    const held = this.#pools.get(origin)
    if (held !== undefined) return held
    const pool = this.#open(origin, () => this.#pools.delete(origin))
    this.#pools.set(origin, pool)
    return pool
  }

  /**
   * It takes no more requests; resolves when the last call has ended.
   * @param error calls end at once, and fail with it
   * @param limitMs calls that still run then fail with `CLIENT_CERTIFICATE_REPLACED`; no limit if left out
   */
  async end(error?: TransportError, limitMs?: number): Promise<void> {
    this.retired = true
    const onLimit = () => this.end(new TransportError('CLIENT_CERTIFICATE_REPLACED'))
    const limit = limitMs === undefined ? undefined : setTimeout(onLimit, limitMs).unref()
    await Promise.all(this.targets.map((pool) => (error === undefined ? pool.close() : pool.destroy(error))))
    clearTimeout(limit)
  }

  /** Its place among all identities is free, whatever becomes of it. */
  leaveRoom(): void {
    this.#room?.release()
    this.#room = undefined
  }
}

interface OpenIdentitiesOptions {
  /** Divides their memory between accounts, by {@link identityLimits}. */
  readonly bulkhead: Bulkhead
  readonly settings: ConnectionSettings
  readonly trust: DeploymentTrust
  /** How the pools of an identity are opened. */
  readonly openerOf: (identity: AccountIdentity, context: TlsContext) => OpenTargetPool
}

/**
 * The identities that keep connections, from their first call until nobody needs them, or others need their room. Where
 * there is none for one more, one that is idle gives way: the least recently used of the accounts that have more,
 * and more than an equal part, or of the account itself where there is none. Calls under way are never ended for it.
 */
export class OpenIdentities {
  readonly #bulkhead: Bulkhead
  readonly #limits: BulkheadLimits
  readonly #openerOf: OpenIdentitiesOptions['openerOf']
  readonly #trust: DeploymentTrust
  /** For all identities that present, trust and offer nothing of their own. */
  readonly #plainContext: TlsContext
  /** Those of the others. */
  #contexts = 0
  /** Those that take requests, by key and last use. */
  readonly #live: LRUCache<string, IdentityPools>
  /** Also those that drain. */
  readonly #accounts = new Map<AccountId, Set<IdentityPools>>()
  readonly #sweep: NodeJS.Timeout
  #round = 0
  #evicted = 0

  constructor({ bulkhead, settings, trust, openerOf }: OpenIdentitiesOptions) {
    this.#bulkhead = bulkhead
    this.#limits = identityLimits(settings)
    this.#openerOf = openerOf
    this.#trust = trust
    this.#plainContext = new TlsContext({}, trust)
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
    const { accountId, trust, tls } = identity
    // About what it takes of the process, as if it shared its context with nobody. One that takes more than a share is
    // let in as the whole of it.
    const bytes = Math.min(hotIdentityBytes + (trust?.ca?.bytes ?? 0), this.#limits.share)
    const room = this.#takeRoom(accountId, bytes)
    const isPlain = identity.credentials === undefined && trust?.ca === undefined && tls === undefined
    const ownContext = isPlain ? undefined : new TlsContext(identity, this.#trust)
    const open = this.#openerOf(identity, ownContext ?? this.#plainContext)
    const pools = new IdentityPools(identity, ownContext, room, open)
    if (ownContext !== undefined) this.#contexts++
    pools.lastRound = this.#round
    this.#live.set(pools.key, pools)
    const ofAccount = this.#accounts.get(accountId) ?? new Set()
    this.#accounts.set(accountId, ofAccount.add(pools))
    return pools
  }

  ofAccount(accountId: AccountId): readonly IdentityPools[] {
    return [...(this.#accounts.get(accountId) ?? [])]
  }

  all(): readonly IdentityPools[] {
    return [...this.#accounts.values()].flatMap((ofAccount) => [...ofAccount])
  }

  /** As its pools end; then it is forgotten. */
  async end(pools: IdentityPools, error?: TransportError, limitMs?: number): Promise<void> {
    // A version that came back meanwhile has a new entry under the same key, which stays.
    if (this.#live.peek(pools.key) === pools) this.#live.delete(pools.key)
    // What is idle takes nothing any more.
    if (!pools.isBusy) pools.leaveRoom()
    await pools.end(error, limitMs)
    pools.leaveRoom()
    const { accountId } = pools.identity
    const ofAccount = this.#accounts.get(accountId)
    // Retired, and destroyed meanwhile: it ends twice.
    if (!ofAccount?.delete(pools)) return
    if (ofAccount.size === 0) this.#accounts.delete(accountId)
    if (pools.ownContext === undefined) return
    // There is no connection left, and no attempt at one: OpenSSL takes no context that is closed.
    pools.ownContext.close()
    this.#contexts--
  }

  /** No longer looks for those that are not used. */
  stop(): void {
    clearInterval(this.#sweep)
  }

  stats(): IdentityStats {
    return { identities: this.#live.size, contexts: this.#contexts, evicted: this.#evicted }
  }

  /** @throws CodedError `TOO_MANY_CALLS`: all that could give way have calls */
  #takeRoom(accountId: AccountId, bytes: number): Permit {
    for (;;) {
      const permit = this.#bulkhead.tryAcquire(accountId, bytes)
      if (permit !== undefined) return permit
      const pools = this.#victim(accountId, bytes)
      if (pools === undefined) return this.#bulkhead.acquireNow(accountId, bytes)
      this.#evicted++
      void this.end(pools)
    }
  }

  #victim(accountId: AccountId, bytes: number): IdentityPools | undefined {
    const { total, share, reserve } = this.#limits
    const held = this.#bulkhead.heldBy(accountId)
    const ownIdle = () => this.#oldestIdle((pools) => pools.identity.accountId === accountId)
    if (held + bytes > share) return ownIdle()
    // The reserve is no part of what can be full: only newcomers get into it.
    const equalPart = (total - reserve) / (this.#accounts.size + (held === 0 ? 1 : 0))
    const most = Math.max(equalPart, held + bytes)
    const ofTheRich = this.#oldestIdle((pools) => this.#bulkhead.heldBy(pools.identity.accountId) >= most)
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
    for (const pools of unused) void this.end(pools)
  }
}

/**
 * Identities with the same key are the same identity. No part of a trust's key can be taken for that of TLS settings,
 * which begins with neither a record, a name nor a pin.
 */
function identityKey({ accountId, credentials, trust, tls }: AccountIdentity): string {
  const key = `${accountId} ${credentials?.versionId ?? ''} ${trust?.key ?? ''}`
  return tls === undefined ? key : `${key} ${tlsKey(tls)}`
}
