import type { AccountId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'

/** For what has an answer at once in the embedded adapter and after a round trip in Redis. */

/** Told by config-api after each change of an account. */
export interface ChangeNotice {
  readonly account: AccountId
  /** The revision that the account has after the change. */
  readonly revision: number
  /** Version ids and app keys that must stop at once, even while the store is down. */
  readonly revoked: readonly string[]
}

export interface ChangeFeedListener {
  onNotice(notice: ChangeNotice): void
  /** Notices may be lost: the last id is no longer in the log, the log begins anew, or no read succeeded for 10 s. */
  onGap(): void
}

/** A log of changes, not a broadcast: who follows it misses nothing, or is told that it may have. */
export interface ChangeFeed {
  append(notice: ChangeNotice): Promise<void>
  /** Calls the listener with every notice appended from now on, in order. */
  follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }>
}

export interface NonceClaim {
  readonly appKey: string
  readonly nonce: string
  /** `oauth_timestamp`, in seconds since 1970. */
  readonly timestamp: number
}

/** `before-start`: the store can't know whether it has seen this nonce, because it was emptied after the timestamp. */
export type NonceVerdict = 'fresh' | 'replayed' | 'before-start'

export interface NonceStore {
  /** Remembers a nonce for over twice the timestamp window of 300 s, or rejects with `COORDINATION_UNAVAILABLE`. */
  claim(claim: NonceClaim): MaybePromise<NonceVerdict>
}

export interface RateDecision {
  readonly admitted: boolean
  /** Milliseconds until the next request of this key can be admitted; 0 if this one was. */
  readonly retryAfterMs: number
}

/** Exact: never more than `perSecond` admitted in any second, for each key. A refused request does not count. */
export interface RateCounter {
  admit(key: string): MaybePromise<RateDecision>
}

/** Held until it is released or its time is over. Its methods reject with `COORDINATION_UNAVAILABLE`. */
export interface Lease {
  /** Its whole time again from now on; false if it has been lost: then the work it was taken for must end. */
  renew(): Promise<boolean>
  /** Does nothing if it has been lost, whoever holds it by now. */
  release(): Promise<void>
}

/**
 * For work that one instance should do and that does no harm if two do it: a Redis that loses its data, or a replica
 * that takes over before it has heard of a lease, gives it once more.
 */
export interface Leases {
  /**
   * Undefined if somebody holds the name. Rejects with `COORDINATION_UNAVAILABLE`; then the name may be taken
   * nevertheless, by nobody, until the time is over.
   *
   * @param ttlMs a positive integer
   */
  acquire(name: string, ttlMs: number): Promise<Lease | undefined>
}

/** A running process of a service. */
export interface InstanceIdentity {
  /** Random, of this start alone. */
  readonly instance: string
  readonly service: string
  /** ISO 8601 */
  readonly startedAt: string
}

export interface ServedRevision extends InstanceIdentity {
  /** Undefined if the instance names none for the account: it holds no copy. */
  readonly revision: number | undefined
  /** When it announced that revision first: milliseconds since 1970, by the clock of the instance. */
  readonly since: number | undefined
}

export interface Announcer {
  /**
   * Makes the instance live for 5 s, with exactly these revisions. What is sent is only what differs from the last
   * announcement, so once a second is cheap; it is sent whole, in one step for who reads it, after one that failed, or
   * when the backend has lost the last one. Several at once are made one after the other. Rejects with
   * `COORDINATION_UNAVAILABLE`: then go on announcing.
   */
  announce(revisions: ReadonlyMap<AccountId, number>): Promise<void>
}

/**
 * Who runs, and which revision of each account it serves. Reading rejects with `COORDINATION_UNAVAILABLE`, also within
 * 5 s after the backend has begun anew, because until then an instance may not have announced itself again.
 */
export interface Presence {
  /** For one instance, in its own process; nothing is announced yet. */
  announcer(identity: InstanceIdentity): Announcer
  /** In no particular order. */
  live(): Promise<readonly InstanceIdentity[]>
  /** The live instances with what each serves of one account, whatever number of others they name. */
  ofAccount(account: AccountId): Promise<readonly ServedRevision[]>
}

export interface UsageEntry {
  readonly account: AccountId
  /** What was used: a certificate or an app key. Any text. */
  readonly subject: string
  /** How often it was used since the caller recorded it last. */
  readonly calls: number
  /** When last, in milliseconds since 1970. */
  readonly at: number
}

export interface SubjectUsage {
  readonly calls: number
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number
}

/**
 * How often and when last certificates and app keys were used, kept until they have not been used for 90 days. Coarse:
 * for people, not for decisions.
 */
export interface Usage {
  /**
   * For many calls together, every few seconds. Rejects with `COORDINATION_UNAVAILABLE`, possibly with some of the
   * entries recorded: no call may fail for it, and entries that are recorded again may count twice.
   */
  record(entries: readonly UsageEntry[]): Promise<void>
  /** By subject. Rejects with `COORDINATION_UNAVAILABLE`. */
  of(account: AccountId): Promise<ReadonlyMap<string, SubjectUsage>>
}

export interface Coordination {
  readonly changeFeed: ChangeFeed
  readonly nonces: NonceStore
  readonly leases: Leases
  readonly presence: Presence
  readonly usage: Usage
  /** A counter of its own; `name` tells it from others that share the backend (one for each service). */
  rateCounter(options: { readonly name: string; readonly perSecond: number }): RateCounter
  /** Resolves if the backend answers now; for health checks. */
  check(): Promise<void>
  /** A clean stop: what must survive a restart is written. */
  close(): Promise<void>
}
