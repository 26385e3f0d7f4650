import type { ChangeNotice, Served } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { AccountSnapshot } from './account-snapshot.ts'

export interface AccountCopiesOptions {
  readonly clock: Clock
  /**
   * How long a copy is served without a look at the store. At most 300,000, which is the default: a change takes effect
   * within 5 minutes (docs/propagation.md).
   */
  readonly ttlMs: number
  /**
   * How old a copy may get while the store can't be read, and for how long after its last call it is kept up to date;
   * 0: neither. Default 3,600,000.
   */
  readonly staleLimitMs: number
  /** About how much of the heap all copies take. */
  readonly maxBytes: number
  /** Told how long after the notice of a change a copy has it, in milliseconds. */
  readonly onCaughtUp: (ms: number) => void
}

/** How a cache is used and how full it is, for metrics. */
export interface CacheState {
  /** Look-ups since the start that were answered at once, and others. */
  readonly hits: number
  readonly misses: number
  readonly entries: number
  /** About what they take. */
  readonly bytes: number
  readonly maxBytes: number
}

export interface Loaded {
  readonly snapshot: AccountSnapshot
  /** How many gaps there had been when the read began. */
  readonly gaps: number
  /** It stayed older than what is known of the account: the store was put back to an earlier state. */
  readonly isOlder: boolean
}

/** What was read before which gap, and when it must be read again. */
interface Reading {
  readonly gaps: number
  freshUntil: number
}

/** All that is known of an account: the copy, if one is held, and what notices have told that no copy has. */
interface AccountCopy extends Reading {
  snapshot: AccountSnapshot | undefined
  /** Since when its revision is held, in milliseconds since 1970. */
  servedSince: number
  /** When a call has asked for it last. */
  usedAt: number
  /** The highest revision that notices told of and no copy has; 0 if there is none. */
  told: number
  /** When the first notice came that no copy has yet, or earlier. */
  toldSince: number
  /**
   * When a notice came last that says nothing about what was read before it: one of another epoch, or of more than is
   * remembered of what was revoked. Only reads that began later are held.
   */
  readAfter: number
  /** What must not be used, and the revision that settles that. */
  readonly revoked: Map<string, number>
}

/** How long an account is taken for absent, and of how many that is remembered. */
const absentTtlMs = 5_000
const maxAbsent = 1_000
/** Accounts with notices that no copy has. */
const maxNoticed = 100_000
/** Per account: more than a tenant has app keys or certificates in use. */
const maxRevoked = 1_000
/** A notice normally comes within milliseconds of its change. */
const lateMs = 2_000
const never = Number.NEGATIVE_INFINITY
/** How long after the notice of a change a copy without it may be served: two reads of an account take a second. */
const maxBehindMs = 2_000
/** How late a copy past its time is noticed that no call asks for: 10,000 copies take some 2 ms to look at. */
const sweepEveryMs = 10_000

/** The accounts that are held, and what is known against them. */
export class AccountCopies {
  readonly #options: AccountCopiesOptions
  readonly #held: LRUCache<AccountId, AccountCopy>
  /** Those that lack something, also without a copy. To make room, the copy is given up: it can no longer be judged. */
  readonly #noticed = new LRUCache<AccountId, AccountCopy>({
    max: maxNoticed,
    dispose: (_copy, accountId, reason) => {
      if (reason === 'evict') this.#held.delete(accountId)
    },
  })
  /** Apart from those that there are: names that somebody invents must take none of their room. */
  readonly #absent = new LRUCache<AccountId, Reading>({ max: maxAbsent })
  /** Whose copy is to be read anew, by a notice or its time. The one that has waited longest first. */
  readonly #behind = new Set<AccountId>()
  #sweptAt: number
  #gaps = 0
  #hits = 0
  #misses = 0
  /** What was read before so many gaps is of a store that has been put back to an older copy since. */
  #gapsAtDrop = 0

  constructor(options: AccountCopiesOptions) {
    const { clock, maxBytes } = options
    this.#options = options
    this.#sweptAt = clock.now()
    this.#held = new LRUCache({
      maxSize: maxBytes,
      disposeAfter: (copy, accountId, reason) => {
        if (reason === 'set') return
        copy.snapshot = undefined
        this.#behind.delete(accountId)
      },
    })
  }

  /** For a call: the copy that may be served without a look at the store. */
  fresh(accountId: AccountId): AccountSnapshot | undefined {
    const copy = this.#held.get(accountId)
    if (copy === undefined) return undefined
    const now = this.#options.clock.now()
    const isFresh = this.#isFresh(copy, now)
    if (isFresh || this.#isGood(copy, now)) copy.usedAt = now
    return isFresh ? copy.snapshot : undefined
  }

  /** The copy that lacks only changes of the last 2 s that have revoked nothing, told of by notices. */
  slightlyBehind(accountId: AccountId): AccountSnapshot | undefined {
    const copy = this.#held.get(accountId)
    const now = this.#options.clock.now()
    if (copy === undefined || !this.#isSlightlyBehind(copy, now)) return undefined
    copy.usedAt = now
    return copy.snapshot
  }

  /** Whether the store had no such account a moment ago, and no notice has named it since. */
  isAbsent(accountId: AccountId): boolean {
    const absence = this.#absent.peek(accountId)
    return absence !== undefined && this.#isFresh(absence)
  }

  /** Whether it is known, without a look at the store, how the account is or that there is none; asked for no call. */
  isFresh(accountId: AccountId): boolean {
    const copy = this.#held.peek(accountId)
    return copy === undefined ? this.isAbsent(accountId) : this.#isFresh(copy)
  }

  /** The copy that may be served if the store can't be read. That an account was absent once proves nothing later. */
  lastGood(accountId: AccountId): AccountSnapshot | undefined {
    const copy = this.#held.get(accountId)
    return copy !== undefined && this.#isGood(copy) ? copy.snapshot : undefined
  }

  /** How old the copy is, in milliseconds, if it may be served only because the store can't be read. */
  staleMs(accountId: AccountId): number | undefined {
    const copy = this.#held.peek(accountId)
    if (copy?.snapshot === undefined || this.#isFresh(copy) || !this.#isGood(copy)) return undefined
    return this.#options.clock.now() - copy.snapshot.loadedAt
  }

  /**
   * What a call that starts now is served with at least: the copy as long as it may be served at all. Undefined: it
   * reads the account first.
   */
  served(accountId: AccountId): Served | undefined {
    const copy = this.#held.peek(accountId)
    if (copy?.snapshot !== undefined && (this.#mayBeServed(copy) || this.#isSlightlyBehind(copy))) {
      return { revision: copy.snapshot.revision, since: copy.servedSince }
    }
    return this.isAbsent(accountId) ? { revision: 0, since: undefined } : undefined
  }

  get behind(): number {
    return this.#behind.size
  }

  /** Accounts whose copy has to be read anew, at most so many; the others come first the next time. */
  nextBehind(count: number): readonly AccountId[] {
    this.#sweep()
    const next: AccountId[] = []
    for (const accountId of this.#behind) {
      if (next.length === count) break
      this.#behind.delete(accountId)
      if (this.#isBehind(this.#held.peek(accountId))) next.push(accountId)
    }
    for (const accountId of next) this.#behind.add(accountId)
    return next
  }

  /** A call has found what it needs here, or had to ask the store. */
  countLookup(isHit: boolean): void {
    if (isHit) this.#hits += 1
    else this.#misses += 1
  }

  state(): CacheState {
    const { size: entries, calculatedSize: bytes } = this.#held
    return { hits: this.#hits, misses: this.#misses, entries, bytes, maxBytes: this.#options.maxBytes }
  }

  /** When a read begins: the highest revision that was told of or is held, and after how many gaps and when it must. */
  known(accountId: AccountId): { revision: number; gaps: number; readAfter: number } {
    const { told, snapshot, readAfter } = this.#find(accountId) ?? nothingKnown()
    return { revision: Math.max(told, snapshot?.revision ?? 0), gaps: this.#gaps, readAfter }
  }

  /** The copy that is held, fresh or not. */
  held(accountId: AccountId): AccountSnapshot | undefined {
    return this.#held.peek(accountId)?.snapshot
  }

  /** Whether all that was known has been dropped since a read that began after so many gaps. */
  isDropped(gaps: number): boolean {
    return gaps < this.#gapsAtDrop
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#noticed.peek(accountId)?.revoked.has(id) ?? false
  }

  /** @param isOfThisEpoch whether its revision can be compared with others; if not, the store is asked */
  receive(notice: ChangeNotice, isOfThisEpoch = true): void {
    const { account, revision, revoked } = notice
    this.#absent.delete(account)
    const copy = this.#find(account) ?? nothingKnown()
    if (isOfThisEpoch && this.#has(copy, revision)) return
    const now = this.#options.clock.now()
    if (copy.told === 0) copy.toldSince = now
    if (isOfThisEpoch) copy.told = Math.max(copy.told, revision)
    else copy.readAfter = now
    for (const id of revoked) copy.revoked.set(id, Math.max(copy.revoked.get(id) ?? 0, isOfThisEpoch ? revision : 0))
    if (copy.revoked.size > maxRevoked) {
      copy.revoked.clear()
      copy.readAfter = now
      this.#held.delete(account)
    }
    if (copy.snapshot !== undefined) {
      copy.freshUntil = never
      this.#behind.add(account)
    }
    this.#noticed.set(account, copy)
  }

  /**
   * The store was put back to an older copy: nothing that was read before is served, not even if the store can't be
   * read, and revisions from before are not waited for. What was revoked stays so.
   */
  dropAll(): void {
    this.invalidateAll()
    this.#gapsAtDrop = this.#gaps
    for (const copy of this.#noticed.values()) copy.told = 0
    this.#absent.clear()
    this.#held.clear()
  }

  /** Notices may have been lost: no copy that was read before may be served unless the store can't be read. */
  invalidateAll(): void {
    this.#gaps++
  }

  hold({ snapshot, gaps, isOlder }: Loaded): void {
    const { accountId, revision, loadedAt, bytes } = snapshot
    const copy = this.#find(accountId) ?? nothingKnown()
    if (this.isDropped(gaps) || loadedAt <= copy.readAfter) return
    const wasBehind = copy.snapshot !== undefined && copy.freshUntil === never
    // The revision will not come. What was revoked stays so until it is reached again.
    if (isOlder) copy.told = 0
    settle(copy, revision, loadedAt)
    if (isSettled(copy)) this.#noticed.delete(accountId)
    if (revision === 0) {
      this.#held.delete(accountId)
      if (copy.told === 0) this.#absent.set(accountId, { gaps, freshUntil: loadedAt + absentTtlMs })
      return
    }
    this.#absent.delete(accountId)
    const isBehind = copy.told > revision
    const freshUntil = isBehind ? never : loadedAt + this.#options.ttlMs
    const now = this.#options.clock.now()
    const usedAt = this.#mayBeServed(copy, now) ? copy.usedAt : now
    if (wasBehind && !isBehind) this.#options.onCaughtUp(now - copy.toldSince)
    const servedSince = copy.snapshot?.revision === revision ? copy.servedSince : Date.now()
    const next = { ...copy, snapshot, gaps, freshUntil, servedSince, usedAt }
    // An account larger than half of the cache is held too, beside others, or each of its calls would read the store.
    const size = Math.min(bytes, Math.ceil(this.#options.maxBytes / 2))
    this.#held.set(accountId, next, { size })
    if (!isSettled(next)) this.#noticed.set(accountId, next)
    if (isBehind) this.#behind.add(accountId)
    else this.#behind.delete(accountId)
  }

  /** One of those that are held and lack nothing, or of those that lack something. */
  #find(accountId: AccountId): AccountCopy | undefined {
    return this.#held.peek(accountId) ?? this.#noticed.peek(accountId)
  }

  /**
   * Whether the copy is known to have the change of a notice. A late notice may be of a store that was put back to an
   * older copy, and counts its revisions anew.
   */
  #has({ snapshot }: AccountCopy, revision: number): boolean {
    if (snapshot === undefined || snapshot.revision < revision) return false
    return this.#options.clock.now() - snapshot.loadedAt < lateMs
  }

  #isFresh({ gaps, freshUntil }: Reading, now = this.#options.clock.now()): boolean {
    return gaps === this.#gaps && now < freshUntil
  }

  #isGood({ snapshot, usedAt }: AccountCopy, now = this.#options.clock.now()): boolean {
    const since = now - this.#options.staleLimitMs
    return snapshot !== undefined && snapshot.loadedAt > since && usedAt > since
  }

  #mayBeServed(copy: AccountCopy, now = this.#options.clock.now()): boolean {
    return copy.snapshot !== undefined && (this.#isFresh(copy, now) || this.#isGood(copy, now))
  }

  #isSlightlyBehind(copy: AccountCopy, now = this.#options.clock.now()): boolean {
    if (copy.snapshot === undefined || copy.gaps !== this.#gaps) return false
    if (copy.told === 0 || copy.readAfter !== never || copy.revoked.size > 0) return false
    return now - copy.snapshot.loadedAt < this.#options.ttlMs && now - copy.toldSince < maxBehindMs
  }

  /**
   * A copy past its time is behind, because the notice of a change may have been lost: without a call nobody else would
   * find that out. One that may be served no more is not.
   */
  #isBehind(copy: AccountCopy | undefined, now = this.#options.clock.now()): boolean {
    return copy !== undefined && now >= copy.freshUntil && this.#isGood(copy, now)
  }

  #sweep(): void {
    const now = this.#options.clock.now()
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    for (const [accountId, copy] of this.#held.entries()) if (this.#isBehind(copy, now)) this.#behind.add(accountId)
  }
}

function nothingKnown(): AccountCopy {
  return {
    ...{ snapshot: undefined, gaps: 0, freshUntil: never, servedSince: 0, usedAt: never },
    ...{ told: 0, toldSince: never, readAfter: never, revoked: new Map() },
  }
}

/** What a copy at `revision` has, whose read began at `readAt`, it lacks no longer. */
function settle(copy: AccountCopy, revision: number, readAt: number): void {
  for (const [id, due] of copy.revoked) if (due <= revision) copy.revoked.delete(id)
  copy.readAfter = never
  if (copy.told <= revision) copy.told = 0
  // What is told of a change before a read begins is in what it reads.
  else copy.toldSince = Math.max(copy.toldSince, readAt)
}

function isSettled({ told, readAfter, revoked }: AccountCopy): boolean {
  return told === 0 && readAfter === never && revoked.size === 0
}
