import type { ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

/** What a read must have to be known to lack nothing of a notice. */
interface Due {
  readonly revision: number
  /** When, on the reader's clock, a notice of another epoch came: the read must have begun later. */
  readonly after: number
}

interface Pending {
  revision: number
  /** When, on the reader's clock, its last notice came. */
  at: number
  /** When the first came that no copy has yet, or earlier. */
  since: number
  /** When the last notice came whose revision says nothing, as it is of another epoch. */
  foreignAt: number
  /** When it was last forgotten what was revoked, because it was too much: what was read before can't be judged. */
  forgottenAt: number
  /** What must not be used, and what settles that. */
  readonly revoked: Map<string, Due>
}

/** Accounts with notices of which no copy was loaded yet. */
const maxAccounts = 100_000
/** Per account: more than a tenant has app keys or certificates in use. */
const maxRevoked = 1_000
const never = Number.NEGATIVE_INFINITY

/** What change notices have told of accounts, until a copy is held that has it. */
export class PendingNotices {
  readonly #byAccount: LRUCache<AccountId, Pending>
  readonly #onForgotten: (accountId: AccountId) => void

  /** @param onForgotten called for an account whose notices had to make room: a copy of it can no longer be judged */
  constructor(onForgotten: (accountId: AccountId) => void) {
    this.#onForgotten = onForgotten
    this.#byAccount = new LRUCache<AccountId, Pending>({
      max: maxAccounts,
      dispose: (_pending, accountId, reason) => {
        if (reason === 'evict') onForgotten(accountId)
      },
    })
  }

  add(notice: ChangeNotice, now: number): void {
    const pending = this.#note(notice, now)
    pending.revision = Math.max(pending.revision, notice.revision)
    this.#revoke(pending, notice, { revision: notice.revision, after: never }, now)
  }

  /** A notice of another epoch of the store, whose revision says nothing: only what is read later has its change. */
  addForeign(notice: ChangeNotice, now: number): void {
    const pending = this.#note(notice, now)
    pending.foreignAt = now
    this.#revoke(pending, notice, { revision: 0, after: now }, now)
  }

  /** The highest one told of and not yet held; 0 if there are no notices. */
  revision(accountId: AccountId): number {
    return this.#byAccount.peek(accountId)?.revision ?? 0
  }

  /** The same of an account with a notice since that time. */
  revisionSince(accountId: AccountId, time: number): number {
    const pending = this.#byAccount.peek(accountId)
    return pending !== undefined && pending.at > time ? pending.revision : 0
  }

  /** When the last notice came that only a later read settles; undefined if all are settled or have a revision. */
  foreignAt(accountId: AccountId): number | undefined {
    const at = this.#byAccount.peek(accountId)?.foreignAt ?? never
    return at === never ? undefined : at
  }

  /** Whether a copy whose read began then may be held: not one that may name what was revoked and is forgotten. */
  canJudge(accountId: AccountId, readAt: number): boolean {
    return readAt > (this.#byAccount.peek(accountId)?.forgottenAt ?? never)
  }

  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#byAccount.peek(accountId)?.revoked.has(id) ?? false
  }

  /** Since when a copy is behind, at the latest; undefined if it is not, or if something was revoked. */
  harmlessSince(accountId: AccountId): number | undefined {
    const pending = this.#byAccount.peek(accountId)
    if (pending === undefined || pending.revision === 0 || pending.foreignAt !== never) return undefined
    return pending.revoked.size > 0 ? undefined : pending.since
  }

  /** A copy at `revision` is held, whose read began at `readAt`: its notices are settled. */
  settle(accountId: AccountId, revision: number, readAt: number): void {
    const pending = this.#byAccount.peek(accountId)
    if (pending === undefined) return
    for (const [id, due] of pending.revoked) {
      if (due.revision <= revision && due.after < readAt) pending.revoked.delete(id)
    }
    // What is told of a change before a read begins is in what it reads.
    if (pending.foreignAt < readAt) pending.foreignAt = never
    if (pending.forgottenAt < readAt) pending.forgottenAt = never
    if (pending.revision <= revision) pending.revision = 0
    else pending.since = Math.max(pending.since, readAt)
    const isOpen = pending.revision > 0 || pending.foreignAt !== never || pending.forgottenAt !== never
    if (!isOpen && pending.revoked.size === 0) this.#byAccount.delete(accountId)
  }

  /** The store was restored: the revision will not come. What was revoked stays so until it is reached again. */
  forgetRevision(accountId: AccountId): void {
    const pending = this.#byAccount.peek(accountId)
    if (pending !== undefined) pending.revision = 0
  }

  forgetRevisions(): void {
    for (const pending of this.#byAccount.values()) pending.revision = 0
  }

  #note({ account }: ChangeNotice, now: number): Pending {
    const pending = this.#byAccount.get(account) ?? {
      revision: 0,
      at: now,
      since: now,
      foreignAt: never,
      forgottenAt: never,
      revoked: new Map(),
    }
    if (pending.revision === 0) pending.since = now
    pending.at = now
    this.#byAccount.set(account, pending)
    return pending
  }

  #revoke(pending: Pending, { account, revoked }: ChangeNotice, due: Due, now: number): void {
    for (const id of revoked) {
      const before = pending.revoked.get(id) ?? due
      const both = { revision: Math.max(before.revision, due.revision), after: Math.max(before.after, due.after) }
      pending.revoked.set(id, both)
      if (pending.revoked.size > maxRevoked) {
        pending.revoked.clear()
        pending.foreignAt = now
        pending.forgottenAt = now
      }
    }
    if (pending.forgottenAt === now) this.#onForgotten(account)
  }
}
