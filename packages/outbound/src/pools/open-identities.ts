import type { SecureContext } from 'node:tls'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { TransportError } from '../failures/transport-error.ts'
import type { TargetCaller } from '../identities/create-tls-context.ts'
import { TlsContexts } from '../identities/tls-contexts.ts'
import { CallerIndex } from './identity-index.ts'
import { type CallerParts, CallerPools, type PoolCounts } from './identity-pools.ts'
import { CallerRoom, callerLimits } from './identity-room.ts'
import { callerBytes } from './identity-weight.ts'

/** What callers hold, by counters that are kept anyway. */
export interface CallerStats {
  /** Callers (account, certificate version, trust) that take requests. */
  readonly callers: number
  /** TLS contexts, those of callers that drain among them. */
  readonly contexts: number
}

export interface DispatcherStats extends CallerStats, PoolCounts {
  /** Callers whose last requests are still on their way. */
  readonly draining: number
}

/** Which callers an account still makes calls as. */
export interface CallersInUse {
  /** @param trustKey undefined: that of a caller without a trust of its own */
  has(versionId: string, trustKey: string | undefined): boolean
}

export interface CallersOptions {
  /** Divides their memory between accounts, by {@link callerLimits}. */
  readonly bulkhead: Bulkhead
  /** Divides the time in which TLS contexts are made, by `contextLimits`; undefined: it is not divided. */
  readonly makingContexts: Bulkhead | undefined
  readonly settings: ConnectionSettings
  readonly extraCa: readonly string[]
  /** What the pools of a caller are made of. */
  readonly partsOf: (caller: TargetCaller, secureContext: SecureContext) => CallerParts
}

/** The callers that keep connections, from their first call until nobody needs them, or others need their room. */
export class Callers {
  readonly #partsOf: CallersOptions['partsOf']
  readonly #share: number
  readonly #index: CallerIndex
  readonly #room: CallerRoom
  readonly #contexts: TlsContexts
  readonly #sweep: NodeJS.Timeout

  constructor({ bulkhead, makingContexts, settings, extraCa, partsOf }: CallersOptions) {
    this.#partsOf = partsOf
    this.#contexts = new TlsContexts(extraCa, makingContexts)
    this.#index = new CallerIndex(settings.maxCallers)
    const evict = (pools: CallerPools) => void this.retire(pools)
    const limits = callerLimits(settings)
    this.#share = limits.share
    this.#room = new CallerRoom({ bulkhead, limits, callers: this.#index, evict })
    this.#sweep = setInterval(() => this.#retireUnused(), settings.idleCallerMs).unref()
  }

  /**
   * The pools of a caller, which counts as used now.
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   * @throws CodedError `TOO_MANY_CALLS`: the account has no room for one more caller, or had too many contexts made
   */
  use(caller: TargetCaller): CallerPools {
    return this.useOpen(caller) ?? this.#open(callerKey(caller), caller)
  }

  /** As {@link use}; undefined if it would have to be opened. */
  useOpen(caller: TargetCaller): CallerPools | undefined {
    return this.#index.use(callerKey(caller))
  }

  ofAccount(accountId: AccountId): readonly CallerPools[] {
    return this.#index.ofAccount(accountId)
  }

  all(): readonly CallerPools[] {
    return this.#index.all()
  }

  /** It takes no more requests; resolves when the last one has ended, after the limit at most. */
  async retire(pools: CallerPools, limitMs?: number): Promise<void> {
    this.#index.takeOut(pools)
    await pools.retire(limitMs)
    this.#index.forget(pools)
  }

  /** Ends its calls at once; they fail with the error. */
  async destroy(pools: CallerPools, error: TransportError): Promise<void> {
    this.#index.takeOut(pools)
    await pools.destroy(error)
    this.#index.forget(pools)
  }

  /** No longer looks for those that are not used. */
  stop(): void {
    clearInterval(this.#sweep)
  }

  stats(): CallerStats {
    return { callers: this.#index.liveCount, contexts: this.#contexts.size }
  }

  /** As {@link stats}, with what is counted for it caller by caller. */
  fullStats(): DispatcherStats {
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

  #open(key: string, caller: TargetCaller): CallerPools {
    // One that takes more than a share is let in as the whole of it.
    const bytes = Math.min(callerBytes(caller), this.#share)
    const room = this.#room.take(caller.accountId, bytes)
    try {
      const context = this.#contexts.lease(caller)
      const parts = this.#partsOf(caller, context.secureContext)
      const pools = new CallerPools({ key, caller, bytes, room, context }, parts)
      this.#index.add(pools)
      return pools
    } catch (error) {
      room.release()
      throw error
    }
  }

  #retireUnused(): void {
    for (const pools of this.#index.unused()) void this.retire(pools)
  }
}

/** Callers with the same key are the same caller. */
export function callerKey({ accountId, identity, trust }: TargetCaller): string {
  return `${accountId} ${identity?.versionId ?? ''} ${trust?.key ?? ''}`
}
