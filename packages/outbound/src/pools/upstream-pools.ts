import type { SecureContext } from 'node:tls'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { EndOfTurn, WorkTime } from '@mtls-gateway/event-loop'
import { AddressLookup, type AddressSource } from '../addresses/address-lookup.ts'
import { type AccountPlaces, ConnectionPlaces } from '../connect/connection-places.ts'
import { type ConnectionSettings, defaultConnectionSettings } from '../connect/connection-settings.ts'
import { createConnector } from '../connect/connector.ts'
import type { Handshake } from '../connect/handshake.ts'
import type { ExtraBytes } from '../connect/kept-memory.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { TargetGuard } from '../guard/target-guard.ts'
import { Deadlines } from '../http1/deadlines.ts'
import { TargetPool } from '../http1/target-pool.ts'
import { type ConnectionCaller, createCallerContext, type TargetCaller } from '../identities/create-tls-context.ts'
import { checkDeploymentCas } from '../trust/certificate-list.ts'
import { type AccountLoop, EventLoopTurns, handshakeLimits } from '../turns/event-loop-turns.ts'
import type { CallerParts, CallerPools } from './identity-pools.ts'
import { callerLimits } from './identity-room.ts'
import { type CallerStats, Callers, type CallersInUse, callerKey, type DispatcherStats } from './open-identities.ts'
import { CallerTurns } from './opening-turns.ts'

export interface DispatchersOptions {
  readonly guard: TargetGuard
  /** How names become addresses; an {@link AddressLookup} with its defaults if left out. */
  readonly addresses?: AddressSource
  /** Divides look-ups that are under way between accounts, by `lookUpLimits`; the look-up's own by default. */
  readonly lookUps?: Bulkhead
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa?: readonly string[]
  readonly settings?: Partial<ConnectionSettings>
  /** Divides the memory of callers between accounts, by {@link callerLimits} of the settings; its own by default. */
  readonly room?: Bulkhead
  /** Divides the time in which TLS contexts are made between accounts, by `contextLimits`; not divided by default. */
  readonly makingContexts?: Bulkhead
  /** Divides the handshakes that are under way between accounts, by `handshakeLimits`; its own by default. */
  readonly handshakes?: Bulkhead
  /** With `connections`: what idle ones may keep of memory beyond the usual; unbounded by default. */
  readonly connectionMemory?: ExtraBytes | undefined
  /** Divides connections between accounts, by `connectionPlaceLimits`; not divided by default. */
  readonly connections?: Bulkhead
  /** OpenSSL tells of each handshake on the standard error of the process: for a process that makes one call. */
  readonly trace?: boolean
}

/** What differs between connections that are kept, and those for one call. */
interface ConnectionExtras {
  /** Whose names are looked up. */
  readonly owner: string
  readonly loop?: AccountLoop
  readonly places?: AccountPlaces | undefined
  readonly onHandshake?: (handshake: Handshake) => void
}

/**
 * The connections of all callers: whatever differs in account, certificate version or trust shares no connection and
 * no TLS session, so that no request can go out with another tenant's certificate.
 */
export class Dispatchers {
  readonly #guard: TargetGuard
  readonly #addresses: AddressSource
  readonly #extraCa: readonly string[]
  readonly #settings: ConnectionSettings
  readonly #trace: boolean
  readonly #deadlines: Deadlines
  readonly #endOfTurn = new EndOfTurn()
  readonly #callers: Callers
  readonly #turns = new CallerTurns()
  readonly #eventLoop: EventLoopTurns
  #closed = false

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor(options: DispatchersOptions) {
    this.#guard = options.guard
    this.#addresses = options.addresses ?? new AddressLookup({ guard: options.guard, places: options.lookUps })
    this.#extraCa = options.extraCa ?? []
    this.#settings = { ...defaultConnectionSettings, ...options.settings }
    this.#trace = options.trace ?? false
    checkDeploymentCas(this.#extraCa)
    const { connections, connectionMemory } = options
    const closeIdle = (accountId: AccountId) => this.#closeIdle(accountId)
    const places = connections && new ConnectionPlaces(connections, closeIdle, connectionMemory)
    this.#callers = new Callers({
      bulkhead: options.room ?? new Bulkhead('hot-identities', callerLimits(this.#settings)),
      makingContexts: options.makingContexts,
      settings: this.#settings,
      extraCa: this.#extraCa,
      partsOf: (caller, secureContext) =>
        this.#parts(caller, secureContext, {
          owner: caller.accountId,
          loop: this.#eventLoop.of(caller.accountId),
          places: places?.of(caller.accountId),
        }),
    })
    this.#eventLoop = new EventLoopTurns(options.handshakes ?? new Bulkhead('handshakes', handshakeLimits))
    const { headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = this.#settings
    this.#deadlines = new Deadlines(Math.min(headersTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs))
  }

  /**
   * The dispatcher for calls of this caller to this origin. It is for requests that begin in the same turn of the event
   * loop: later it may be retired, so a repetition acquires anew.
   * @param origin `https://host` or `https://host:port`
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `SHUTTING_DOWN`
   * @throws CodedError `TOO_MANY_CALLS`: there is no room for one more caller of the account
   */
  acquire(caller: TargetCaller, origin: string): TargetPool {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    const pools = this.#callers.useOpen(caller) ?? this.#open(caller)
    return pools.pool(origin)
  }

  /** As {@link acquire}, if the caller is open already. Undefined: acquire it when it is its account's {@link turn}. */
  acquireOpen(caller: TargetCaller, origin: string): TargetPool | undefined {
    if (this.#closed) throw new TransportError('SHUTTING_DOWN')
    this.#eventLoop.noteCall(caller.accountId)
    return this.#callers.useOpen(caller)?.pool(origin)
  }

  /**
   * Resolves when a new caller may be acquired, in that very turn of the event loop, by {@link CallerTurns}.
   * @param isWanted `false`: the call has gone, and needs no turn
   */
  turn(caller: TargetCaller, isWanted: () => boolean): Promise<void> {
    return this.#turns.next(caller.accountId, callerKey(caller), isWanted)
  }

  /**
   * A dispatcher that is kept nowhere: for one call with an identity that may not even be stored. Whoever asks for it
   * destroys it.
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   */
  openApart(caller: ConnectionCaller, origin: string, onHandshake: (handshake: Handshake) => void): TargetPool {
    const limits = { ...this.#settings, connectionsPerTarget: 1 }
    const context = createCallerContext(caller, this.#extraCa)
    return new TargetPool(origin, { ...this.#parts(caller, context, { owner: '', onHandshake }), limits })
  }

  /**
   * Retires the dispatchers of all callers with a certificate but those that are still in use: they take no new request
   * and close with their last one, after 10 minutes at most.
   */
  retain(accountId: AccountId, inUse: CallersInUse): void {
    for (const pools of this.#callers.ofAccount(accountId)) {
      if (pools.retired || pools.versionId === undefined || inUse.has(pools.versionId, pools.trustKey)) continue
      void this.#callers.retire(pools, this.#settings.drainTimeoutMs)
    }
  }

  /** Ends every connection made with this version, and the calls on it, at once: its certificate was deleted. */
  async revoke(accountId: AccountId, versionId: string): Promise<void> {
    const revoked = this.#callers.ofAccount(accountId).filter((pools) => pools.versionId === versionId)
    await Promise.all(
      revoked.map((pools) => this.#callers.destroy(pools, new TransportError('CLIENT_CERTIFICATE_DELETED'))),
    )
  }

  /** Takes no more requests; resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#stop()
    await Promise.all(this.#callers.all().map((pools) => this.#callers.retire(pools)))
  }

  /** Ends every call at once; they fail with `SHUTTING_DOWN`. */
  async destroy(): Promise<void> {
    this.#stop()
    await Promise.all(
      this.#callers.all().map((pools) => this.#callers.destroy(pools, new TransportError('SHUTTING_DOWN'))),
    )
  }

  stats(): DispatcherStats {
    return this.#callers.fullStats()
  }

  /** As {@link stats}, without what has to be counted caller by caller. */
  callerStats(): CallerStats {
    return this.#callers.stats()
  }

  /** A new caller's context takes about as long as its handshake, and counts with it. */
  #open(caller: TargetCaller): CallerPools {
    const work = new WorkTime()
    work.begin()
    try {
      return this.#callers.use(caller)
    } finally {
      work.end()
      this.#eventLoop.of(caller.accountId).noteWork(work.ms)
    }
  }

  /** Any one will do. */
  #closeIdle(accountId: AccountId): boolean {
    return this.#callers.ofAccount(accountId).some((pools) => pools.closeIdle())
  }

  #stop(): void {
    this.#closed = true
    this.#callers.stop()
  }

  #parts(
    caller: ConnectionCaller,
    secureContext: SecureContext,
    { owner, loop, places, onHandshake }: ConnectionExtras,
  ): CallerParts {
    const connect = createConnector(
      {
        guard: this.#guard,
        lookup: this.#addresses.of(owner, loop),
        secureContext,
        hasClientCertificate: caller.identity !== undefined,
        trace: this.#trace,
        trust: caller.trust,
        connectTimeoutMs: this.#settings.connectTimeoutMs,
        handshakeTimeoutMs: this.#settings.handshakeTimeoutMs,
        onHandshake,
        loop,
      },
      places,
    )
    return {
      connect,
      places,
      limits: this.#settings,
      deadlines: this.#deadlines,
      endOfTurn: this.#endOfTurn,
      loop,
    }
  }
}
