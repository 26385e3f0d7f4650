import type { ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../time/clock.ts'
import type { Known, Loaded } from './account-loader.ts'
import type { AccountSnapshot } from './account-snapshot.ts'
import type { CacheState } from './cache-state.ts'
import { PendingNotices } from './pending-notices.ts'
import { type Served, ServedRevisions } from './served-revisions.ts'

export interface AccountCopiesOptions {
  readonly clock: Clock
  /** How long a copy is served without a look at the store. */
  readonly ttlMs: number
  /** How long a copy is served while the store can't be read, and kept up to date without a call. */
  readonly staleLimitMs: number
  readonly maxBytes: number
  /** Told when a copy has what a notice told of it: so long after the notice, in milliseconds. */
  readonly onCaughtUp: (ms: number) => void
}

/** What was read, and when it must be read again. */
interface Reading {
  readonly gaps: number
  freshUntil: number
}

interface Copy extends Reading {
  readonly snapshot: AccountSnapshot
  /** When a call has asked for it last. */
  usedAt: number
  /** When the first notice came that it does not have. */
  behindSince: number | undefined
}

/** How long an account is taken for absent, and of how many that is remembered. */
const absentTtlMs = 5_000
const maxAbsent = 1_000
/** How long notices of an account without a copy count for {@link AccountCopies.served}. */
const noticeMs = 900_000
/** A notice normally comes within milliseconds of its change. */
const lateMs = 2_000
const outdated = Number.NEGATIVE_INFINITY
/** Takes about a millisecond. */
const mostLookedAt = 10_000
/** How long after the notice of a change a copy without it may be served: two reads of an account take a second. */
const maxBehindMs = 2_000

/** The accounts that are held, and what is known against them. */
export class AccountCopies implements Known {
  readonly served: ServedRevisions
  readonly #options: AccountCopiesOptions
  readonly #held: LRUCache<AccountId, Copy>
  /** Apart from those that there are: names that somebody invents must take none of their room. */
  readonly #absent = new LRUCache<AccountId, Reading>({
    max: maxAbsent,
    disposeAfter: (_reading, accountId, reason) => {
      if (reason === 'evict') this.served.update(accountId)
    },
  })
  readonly #pending = new PendingNotices((accountId) => this.#held.delete(accountId))
  #gaps = 0
  #hits = 0
  #misses = 0
  /** What was read before so many gaps is of a store that has been put back to an older copy since. */
  #gapsAtDrop = 0
  /** What was read before so many gaps may be so: its revision is not compared with others. */
  #gapsAtDoubt = 0
  #drops = 0

  constructor(options: AccountCopiesOptions) {
    const { clock, maxBytes } = options
    this.#options = options
    this.served = new ServedRevisions(clock, (accountId) => this.#servedOf(accountId))
    this.#held = new LRUCache({
      maxSize: maxBytes,
      disposeAfter: (_copy, accountId, reason) => {
        if (reason !== 'set') this.served.update(accountId)
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
    const since = this.#pending.harmlessSince(accountId)
    if (copy === undefined || since === undefined || copy.gaps !== this.#gaps) return undefined
    const now = this.#options.clock.now()
    const isYoung = now - copy.snapshot.loadedAt < this.#options.ttlMs
    if (!isYoung || now - since >= maxBehindMs) return undefined
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
    if (copy === undefined || this.#isFresh(copy) || !this.#isGood(copy)) return undefined
    return this.#options.clock.now() - copy.snapshot.loadedAt
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

  /**
   * The age of the oldest copy that a call has been served with lately, in milliseconds; 0 if there is none. Looks at
   * those that were used last.
   */
  oldestMs(): number {
    const now = this.#options.clock.now()
    let [looked, loadedAt] = [0, now]
    for (const { snapshot, usedAt } of this.#held.values()) {
      if (usedAt > now - this.#options.ttlMs) loadedAt = Math.min(loadedAt, snapshot.loadedAt)
      looked += 1
      if (looked === mostLookedAt) break
    }
    return now - loadedAt
  }

  revision(accountId: AccountId): number {
    const copy = this.#held.peek(accountId)
    const held = copy !== undefined && copy.gaps >= this.#gapsAtDoubt ? copy.snapshot.revision : 0
    return Math.max(this.#pending.revision(accountId), held)
  }

  /** When the last notice came that only a read that begins later settles; undefined if there is none such. */
  foreignAt(accountId: AccountId): number | undefined {
    return this.#pending.foreignAt(accountId)
  }

  held(accountId: AccountId): AccountSnapshot | undefined {
    return this.#held.peek(accountId)?.snapshot
  }

  gaps(): number {
    return this.#gaps
  }

  drops(): number {
    return this.#drops
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#pending.isRevoked(accountId, id)
  }

  /** @param isOfThisEpoch whether its revision can be compared with others; if not, the store is asked */
  receive(notice: ChangeNotice, isOfThisEpoch = true): void {
    this.#absent.delete(notice.account)
    const copy = this.#held.peek(notice.account)
    if (copy !== undefined && isOfThisEpoch && this.#has(copy, notice)) return
    const now = this.#options.clock.now()
    if (isOfThisEpoch) this.#pending.add(notice, now)
    else this.#pending.addForeign(notice, now)
    if (copy !== undefined) {
      copy.freshUntil = outdated
      copy.behindSince ??= now
    }
    this.served.update(notice.account)
  }

  /**
   * The store was put back to an older copy: nothing that was read before is served, not even if the store can't be
   * read. What was revoked stays so.
   */
  dropAll(): void {
    this.#drops++
    this.#gapsAtDrop = ++this.#gaps
    this.#pending.forgetRevisions()
    this.#absent.clear()
    this.#held.clear()
    this.served.updateAll()
  }

  /**
   * An account is older than a notice told: the store was put back to an older copy, or the notice was wrong. All is
   * read again, and revisions from before are not waited for; but the copies remain for the time of an outage, or one
   * wrong notice would take all of them away.
   */
  doubtAll(): void {
    this.#drops++
    this.invalidateAll()
    this.#gapsAtDoubt = this.#gaps
    this.#pending.forgetRevisions()
  }

  /** Notices may have been lost: no copy that was read before may be served unless the store can't be read. */
  invalidateAll(): void {
    this.#gaps++
  }

  hold({ snapshot, gaps, restored }: Loaded): void {
    const { accountId, revision, loadedAt, bytes } = snapshot
    if (gaps < this.#gapsAtDrop) return
    if (restored) this.#pending.forgetRevision(accountId)
    if (!this.#pending.canJudge(accountId, loadedAt)) return
    // What was read before a doubt may be of a store that counted otherwise.
    if (gaps >= this.#gapsAtDoubt) this.#pending.settle(accountId, revision, loadedAt)
    if (revision === 0) {
      this.#holdAbsence(accountId, gaps, loadedAt)
      return
    }
    this.#absent.delete(accountId)
    const isBehind = this.#pending.revision(accountId) > revision || this.foreignAt(accountId) !== undefined
    const freshUntil = isBehind ? outdated : loadedAt + this.#options.ttlMs
    const before = this.#held.peek(accountId)
    const usedAt = before !== undefined && this.#mayBeServed(before) ? before.usedAt : this.#options.clock.now()
    const behindSince = freshUntil === outdated ? before?.behindSince : undefined
    if (before?.behindSince !== undefined && behindSince === undefined) {
      this.#options.onCaughtUp(this.#options.clock.now() - before.behindSince)
    }
    // An account larger than half of the cache is held too, beside others, or each of its calls would read the store.
    const size = Math.min(bytes, Math.ceil(this.#options.maxBytes / 2))
    this.#held.set(accountId, { snapshot, gaps, freshUntil, usedAt, behindSince }, { size })
    this.served.update(accountId)
  }

  /**
   * Whether the copy is known to have the change of a notice. A late notice may be of a store that was put back to an
   * older copy, and counts its revisions anew.
   */
  #has({ snapshot, gaps }: Copy, notice: ChangeNotice): boolean {
    if (gaps < this.#gapsAtDoubt || snapshot.revision < notice.revision) return false
    return this.#options.clock.now() - snapshot.loadedAt < lateMs
  }

  #holdAbsence(accountId: AccountId, gaps: number, readAt: number): void {
    this.#held.delete(accountId)
    const hasNotices = this.#pending.revision(accountId) > 0 || this.foreignAt(accountId) !== undefined
    if (!hasNotices) this.#absent.set(accountId, { gaps, freshUntil: readAt + absentTtlMs })
    this.served.update(accountId)
  }

  #isFresh({ gaps, freshUntil }: Reading, now = this.#options.clock.now()): boolean {
    return gaps === this.#gaps && now < freshUntil
  }

  #isGood({ snapshot: { loadedAt }, usedAt }: Copy, now = this.#options.clock.now()): boolean {
    const since = now - this.#options.staleLimitMs
    return loadedAt > since && usedAt > since
  }

  #mayBeServed(copy: Copy): boolean {
    return this.#isFresh(copy) || this.#isGood(copy)
  }

  /**
   * The copy as long as it may be served, else what notices have said lately: a call then has to read it. A copy that
   * is past its time is behind, because the notice of a change may have been lost: without a call nobody else would
   * find that out.
   */
  #servedOf(accountId: AccountId): Served | undefined {
    const copy = this.#held.peek(accountId)
    const now = this.#options.clock.now()
    if (copy !== undefined && this.#mayBeServed(copy)) {
      return { revision: copy.snapshot.revision, isBehind: now >= copy.freshUntil }
    }
    if (this.isAbsent(accountId)) return { revision: 0, isBehind: false }
    const revision = this.#pending.revisionSince(accountId, now - noticeMs)
    return revision === 0 ? undefined : { revision, isBehind: false }
  }
}
