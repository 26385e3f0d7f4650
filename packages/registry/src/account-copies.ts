import type { ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'
import type { Known, Loaded } from './account-loader.ts'
import type { AccountSnapshot } from './account-snapshot.ts'
import type { Clock } from './clock.ts'
import { HeardChanges } from './heard-changes.ts'

export interface AccountCopiesOptions {
  readonly clock: Clock
  /** How long a copy is served without a look at the store. */
  readonly ttlMs: number
  /** How long a copy is served while the store can't be read. */
  readonly staleLimitMs: number
  readonly maxBytes: number
}

interface Copy {
  readonly snapshot: AccountSnapshot
  readonly gaps: number
  freshUntil: number
}

/** How long an account is taken for absent. */
const absentTtlMs = 5_000
const outdated = Number.NEGATIVE_INFINITY

/** The accounts that are held, and what is known against them. */
export class AccountCopies implements Known {
  readonly #options: AccountCopiesOptions
  readonly #held: LRUCache<AccountId, Copy>
  readonly #heard = new HeardChanges((accountId) => this.#held.delete(accountId))
  #gaps = 0

  constructor(options: AccountCopiesOptions) {
    this.#options = options
    this.#held = new LRUCache({ maxSize: options.maxBytes })
  }

  /** The copy that may be served without a look at the store. */
  fresh(accountId: AccountId): AccountSnapshot | undefined {
    const copy = this.#held.get(accountId)
    const isFresh = copy !== undefined && copy.gaps === this.#gaps && this.#options.clock.now() < copy.freshUntil
    return isFresh ? copy.snapshot : undefined
  }

  /** The copy that may be served if the store can't be read. That an account was absent once proves nothing later. */
  lastGood(accountId: AccountId): AccountSnapshot | undefined {
    const snapshot = this.#held.get(accountId)?.snapshot
    if (snapshot === undefined || snapshot.revision === 0) return undefined
    return this.#options.clock.now() - snapshot.loadedAt < this.#options.staleLimitMs ? snapshot : undefined
  }

  revision(accountId: AccountId): number {
    return Math.max(this.#heard.revision(accountId), this.#held.peek(accountId)?.snapshot.revision ?? 0)
  }

  gaps(): number {
    return this.#gaps
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#heard.isRevoked(accountId, id)
  }

  hear(notice: ChangeNotice): void {
    const copy = this.#held.peek(notice.account)
    if (copy !== undefined && copy.snapshot.revision >= notice.revision) return
    this.#heard.hear(notice)
    if (copy !== undefined) copy.freshUntil = outdated
  }

  /** Notices may have been lost: no copy that was read before may be served unless the store can't be read. */
  suspectAll(): void {
    this.#gaps++
  }

  hold({ snapshot, gaps, restored }: Loaded): void {
    const { accountId, revision, loadedAt, bytes } = snapshot
    if (restored) this.#heard.forgetRevision(accountId)
    this.#heard.settle(accountId, revision)
    const ttlMs = revision === 0 ? absentTtlMs : this.#options.ttlMs
    const freshUntil = this.#heard.revision(accountId) > revision ? outdated : loadedAt + ttlMs
    // One that is larger than the whole cache is held alone, or each call of it would read the store.
    this.#held.set(accountId, { snapshot, gaps, freshUntil }, { size: Math.min(bytes, this.#options.maxBytes) })
  }
}
