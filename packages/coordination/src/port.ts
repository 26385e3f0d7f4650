import type { AccountId, CertificateId, MappingId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'

/** Sent by config-api after each change of an account. */
export interface ChangeNotice {
  readonly account: AccountId
  /** The revision that the account has after the change. */
  readonly revision: number
  /**
   * Version ids and app keys that must stop at once, even while the store is down. Also the word `mappings` if some
   * were changed or deleted: no call is served then with a copy that lacks the change, unless the store can't be read.
   */
  readonly revoked: readonly string[]
  /** The epoch of the store in which it was made: revisions of two epochs are not comparable (decision 33). */
  readonly epoch?: string | undefined
}

export interface ChangeFeedListener {
  onNotice(notice: ChangeNotice): void
  /** Notices may be lost: the last one is no longer in the log, it is a new log, or no read succeeded for 10 s. */
  onGap(): void
}

/** A log of changes, not a broadcast: a follower misses nothing, or learns that it may have. */
export interface ChangeFeed {
  append(notice: ChangeNotice): Promise<void>
  /**
   * Calls the listener with every notice appended from now on, in order. If it may have missed some, because Redis was
   * away, it is told of a gap. Rejects with `COORDINATION_UNAVAILABLE` once the feed is closed.
   */
  follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }>
}

/** For whoever looks back after a restore of the store. */
export interface RecentNotices {
  /** What is left of the log, oldest first. Rejects with `COORDINATION_UNAVAILABLE`. */
  recent(): Promise<readonly ChangeNotice[]>
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

/** Lasts until it is released or expires. */
export interface Lease {
  /** Does nothing if the lease has been lost, whoever has it now. Rejects with `COORDINATION_UNAVAILABLE`. */
  release(): Promise<void>
}

/**
 * For work that one instance should do, and that does no harm if two do it: a Redis that loses its data, or a replica
 * that takes over before it knows of a lease, grants it again.
 */
export interface Leases {
  /**
   * Undefined if somebody else has it. Rejects with `COORDINATION_UNAVAILABLE`; the name may then stay taken, with no
   * holder, until the time is over.
   *
   * @param ttlMs a positive integer
   */
  acquire(name: string, ttlMs: number): Promise<Lease | undefined>
}

export interface InstanceIdentity {
  /** New with every start. */
  readonly instance: string
  readonly service: string
  /** ISO 8601 */
  readonly startedAt: string
}

export interface LiveInstance extends InstanceIdentity {
  /** The epoch of the store that it is on; undefined if it does not know. */
  readonly epoch: string | undefined
}

/** What a call of an account that starts now is served with at least. */
export interface Served {
  readonly revision: number
  /** Since when, in milliseconds since 1970; undefined: only for a moment. */
  readonly since: number | undefined
}

export interface ServedRevision extends LiveInstance {
  /** False if the instance has not said in time what it serves. */
  readonly hasAnswered: boolean
  /** Undefined if the instance holds no copy of the account. */
  readonly revision: number | undefined
  /** Since when it serves that revision, in milliseconds since 1970, by the clock of the instance. */
  readonly since: number | undefined
}

/** What an instance says of itself. Nothing of it may throw. */
export interface InstanceState {
  /** The epoch of the store that it is on; undefined if it does not know. */
  epoch(): string | undefined
  /** Undefined: such a call reads the account first. */
  served(account: AccountId): Served | undefined
  /** The others can't be told: the first time in a row. */
  onFailed(error: unknown): void
}

/**
 * Which instances run, and which revision of an account each serves. Reading rejects with `COORDINATION_UNAVAILABLE`,
 * also within 5 s after the backend has lost its data or its clock was set back, because some instances may not have
 * shown themselves again.
 */
export interface Presence {
  /** Shows the instance, which is live until 5 s after it was shown last, and answers for it until it leaves. */
  join(identity: InstanceIdentity, state: InstanceState): { leave(): Promise<void> }
  /** In no particular order. */
  live(): Promise<readonly LiveInstance[]>
  /** Asks all live instances, and waits up to 1 s for their answers, all of which are given after the question. */
  ofAccount(account: AccountId): Promise<readonly ServedRevision[]>
}

export interface UsageEntry {
  readonly account: AccountId
  /** What was used: a certificate or an app key. Any text. */
  readonly subject: string
  /** Uses since the last record. */
  readonly calls: number
  /** The last use, in milliseconds since 1970. */
  readonly at: number
}

export interface SubjectUsage {
  readonly calls: number
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number
}

/**
 * How often certificates and app keys were used, and when they were last used. Kept until they have not been used for
 * 90 days. Approximate: for people, not for decisions.
 */
export interface Usage {
  /**
   * Called every few seconds, for many calls together. Rejects with `COORDINATION_UNAVAILABLE`, perhaps with some
   * entries recorded: no call may fail because of it, and repeated entries may count twice.
   */
  record(entries: readonly UsageEntry[]): Promise<void>
  /** By subject. Rejects with `COORDINATION_UNAVAILABLE`. */
  of(account: AccountId): Promise<ReadonlyMap<string, SubjectUsage>>
}

/**
 * How a call went. `succeeded`: the target has answered, not with a server error (5xx). `failed`: it has not answered,
 * or with one, or its answer broke off. `refused`: the gateway has not sent it. `aborted`: its caller left too early.
 */
export type CallOutcome = 'succeeded' | 'failed' | 'refused' | 'aborted'

/** A call, for whoever looks for it later: never a body or a query. Undefined: not known, or there was none. */
export interface RecentCall {
  readonly outcome: CallOutcome
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  readonly requestId: string
  readonly method: string
  /** The target's, without its query. */
  readonly url?: string | undefined
  readonly serviceName?: string | undefined
  /** App key, or the subject of a token. */
  readonly caller: string
  readonly clientAddress: string
  readonly mappingId?: MappingId | undefined
  readonly certificateId?: CertificateId | undefined
  readonly fingerprintSha256?: string | undefined
  /** What was answered, whoever answered it. */
  readonly status?: number | undefined
  /** The code of the gateway's own answer. */
  readonly code?: string | undefined
  readonly transportCode?: string | undefined
  readonly phase?: string | undefined
  /** How long all of it took, and its phases, in milliseconds. */
  readonly ms: number
  readonly lookUpMs?: number | undefined
  readonly connectMs?: number | undefined
  readonly handshakeMs?: number | undefined
  readonly firstByteMs?: number | undefined
}

export interface CallEntry {
  readonly account: AccountId
  readonly call: RecentCall
}

export type RecordedCall = { readonly [Name in keyof RecentCall]: Exclude<RecentCall[Name], undefined> } & {
  /** Greater than those of all calls of the account that were recorded before. A whole number. */
  readonly id: number
}

/** Which calls: all that fit everything that is given. */
export interface CallQuery {
  readonly outcome?: CallOutcome | undefined
  readonly mappingId?: MappingId | undefined
  /** The gateway's code or the transport's. */
  readonly code?: string | undefined
  /** Their url, or what it is below, by whole segments; as it is recorded: with its port. */
  readonly url?: string | undefined
  readonly requestId?: string | undefined
  /** Those that began then or later, in milliseconds since 1970. */
  readonly since?: number | undefined
  /** Those that began before then, in milliseconds since 1970. */
  readonly until?: number | undefined
  /** Those with a smaller id. */
  readonly before?: number | undefined
  /** Those with a greater id. */
  readonly after?: number | undefined
  readonly limit: number
}

/**
 * The last calls of each account, for people: 500 that did not succeed and 100 that did, for 7 days. So no account
 * takes up another's room, and successes none of the others'.
 */
export interface RecentCalls {
  /**
   * Called for many calls together. Rejects with `COORDINATION_UNAVAILABLE`, perhaps with some entries recorded: no
   * call may fail or wait because of it.
   */
  record(entries: readonly CallEntry[]): Promise<void>
  /** Newest first. Rejects with `COORDINATION_UNAVAILABLE`. */
  of(account: AccountId, query: CallQuery): Promise<readonly RecordedCall[]>
}

/** How the calls of a mapping went since the last record. */
export interface OutcomeEntry extends Partial<MappingOutcome> {
  readonly account: AccountId
  readonly mappingId: MappingId
  readonly failuresInARow: number
}

interface LastFailure {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The transport's code; undefined: the target answered with a server error. */
  readonly code?: string | undefined
}

export interface MappingOutcome {
  /** The last success, in milliseconds since 1970. */
  readonly succeededAt: number | undefined
  readonly failure: LastFailure | undefined
  /** Since the last success, or altogether; what is read counts those of all instances. */
  readonly failuresInARow: number
  /**
   * When the first of those failed, in milliseconds since 1970, not before that success; undefined: none did, or it is
   * not known.
   */
  readonly failingSince?: number | undefined
}

/**
 * How the last calls of each mapping went. Kept until it has not been called for 90 days, of an account for the 10,000
 * that were called last: ids of mappings that are deleted and made again don't add up. Approximate: instances tell of
 * successes some seconds late.
 */
export interface Outcomes {
  /** As {@link RecentCalls.record}. */
  record(entries: readonly OutcomeEntry[]): Promise<void>
  /** Outcomes of the mappings that were called. Rejects with `COORDINATION_UNAVAILABLE`. */
  of(account: AccountId, mappings: readonly MappingId[]): Promise<ReadonlyMap<MappingId, MappingOutcome>>
}

export interface Coordination {
  readonly changeFeed: ChangeFeed & RecentNotices
  readonly nonces: NonceStore
  readonly leases: Leases
  readonly presence: Presence
  readonly usage: Usage
  readonly calls: RecentCalls
  readonly outcomes: Outcomes
  /** A separate counter. `name` tells it from others on the same backend (one per service). */
  rateCounter(options: { readonly name: string; readonly perSecond: number }): RateCounter
  /** Resolves if the backend answers now; for health checks. */
  check(): Promise<void>
  /** A clean stop: saves what must survive a restart. */
  close(): Promise<void>
}
