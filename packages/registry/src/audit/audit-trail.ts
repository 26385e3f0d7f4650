import type { Account, Change } from '@mtls-gateway/domain'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { readSegment } from './audit-segments.ts'

/** Which changes of an account are asked for. */
export interface ChangeQuery {
  /** Only changes of revisions below this one. */
  readonly before?: number | undefined
  /** How many at most. */
  readonly limit: number
  /** All unless given. */
  readonly isAskedFor?: ((change: Change) => boolean) | undefined
  /** Whether this change and all before it are too old to be asked for; none unless given. */
  readonly isTooOld?: ((change: Change) => boolean) | undefined
}

export interface FoundChanges {
  /** The newest first. */
  readonly changes: readonly Change[]
  /** For `before`, to go on where this ended; undefined: there are no others. */
  readonly next: number | undefined
  /** How many changes were looked at. */
  readonly lookedAt: number
}

/** Bounds what a filter that fits nothing reads: ten segments. */
const maxLookedAt = 1_000

/**
 * The changes of an account, newest first: those that it holds itself, then those that were moved out of it. It ends
 * where a segment is gone, and after 1,000 changes, however few of them were asked for.
 * @throws StoreError `unavailable`, `damaged`
 */
export async function readChanges(account: Account, store: SecretReader, query: ChangeQuery): Promise<FoundChanges> {
  const { before = Number.POSITIVE_INFINITY, limit, isAskedFor = () => true, isTooOld = () => false } = query
  const changes: Change[] = []
  let lookedAt = 0
  let last: number | undefined
  for await (const change of newestFirst(account, store, before)) {
    if (isTooOld(change)) break
    if (lookedAt === maxLookedAt) return { changes, next: last, lookedAt }
    if (isAskedFor(change)) {
      if (changes.length === limit) return { changes, next: last, lookedAt }
      changes.push(change)
    }
    lookedAt += 1
    last = change.revision
  }
  return { changes, next: undefined, lookedAt }
}

async function* newestFirst(account: Account, store: SecretReader, before: number): AsyncGenerator<Change> {
  const held = account.changes.filter(({ revision }) => revision < before)
  yield* held.toReversed()
  let next = (held[0]?.revision ?? Math.min(before, account.changes[0]?.revision ?? 1)) - 1
  while (next > 0) {
    const segment = await readSegment(account.accountId, next, store)
    if (segment === undefined) return
    const below = next
    yield* segment.filter(({ revision }) => revision <= below).toReversed()
    next = (segment[0]?.revision ?? 1) - 1
  }
}
