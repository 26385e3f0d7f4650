import { hash } from 'node:crypto'
import { type Account, type AccountId, type Change, chainedHash, parseRecordId } from '@mtls-gateway/domain'
import {
  isStoreError,
  recordPath,
  type SecretPath,
  type SecretReader,
  type SecretStore,
} from '@mtls-gateway/secret-store'
import { parseRecord } from './records/records.ts'

export interface ChangeQuery {
  /** Only changes of revisions below this one. */
  readonly before?: number | undefined
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

/** The revision and the changes of an account, for whoever needs no more of it. */
export type ChangesOfAccount = Pick<Account, 'accountId' | 'revision' | 'changes'>

/**
 * At most `limit` changes of an account from a revision on, oldest first. What is not kept any longer is left out.
 * @throws StoreError; CodedError `STORE_NEWER`
 */
export async function readChangesFrom(
  { accountId, revision, changes: held }: ChangesOfAccount,
  store: SecretReader,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<readonly Change[]> {
  const found: Change[] = []
  const take = (changes: readonly Change[]) => {
    found.push(...changes.filter((change) => change.revision >= from).slice(0, limit - found.length))
  }
  const firstHeld = held[0]?.revision ?? revision + 1
  for (
    let next = from;
    next < firstHeld && found.length < limit;
    next += segmentLength - ((next - 1) % segmentLength)
  ) {
    take((await readSegment(accountId, next, store)) ?? [])
  }
  take(held)
  return found
}

/** Hex SHA-256 of a text. */
export const sha256 = (text: string) => hash('sha256', text)

/** Chains the change that is about to be written to the one before it (decision 93). */
export function chainLastChange(account: Account): Account {
  const { accountId, changes } = account
  const change = changes.at(-1)
  if (change === undefined) return account
  const chained = { ...change, hash: chainedHash(accountId, changes.at(-2), change, sha256) }
  return { ...account, changes: [...changes.slice(0, -1), chained] }
}

/** How many changes an account holds itself. */
const heldChanges = 200
/** How many the oldest of them make a segment. */
const segmentLength = 100

/**
 * Keeps an account at its last 200 changes: the oldest 100, always exactly those, are written to a segment of their own
 * before they are cut off. Every process that gets here writes the same segment, so one that is already there is this
 * one.
 * @throws StoreError `unavailable`; the account must not be written then
 */
export async function archiveChanges(account: Account, store: SecretStore): Promise<Account> {
  if (account.changes.length <= heldChanges) return account
  const changes = account.changes.slice(0, segmentLength)
  try {
    await store.put(segmentPath(account.accountId, changes[0]?.revision ?? 0), { changes }, 0)
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw error
  }
  return { ...account, changes: account.changes.slice(segmentLength) }
}

/** The change that made a revision: in the account, or in the segment it went to; undefined if there is none yet. */
export async function findChange(account: Account, revision: number, store: SecretReader): Promise<Change | undefined> {
  const [change] = await readChangesFrom(account, store, { from: revision, limit: 1 })
  return change?.revision === revision ? change : undefined
}

/**
 * The changes, oldest first, of the segment that this revision went to; undefined if there is none.
 * @throws StoreError; CodedError `STORE_NEWER`
 */
export async function readSegment(
  accountId: AccountId,
  revision: number,
  store: SecretReader,
): Promise<readonly Change[] | undefined> {
  // One change a revision, so segments begin at 1, 101, 201, ...
  const stored = await store.get(segmentPath(accountId, revision - ((revision - 1) % segmentLength)))
  return stored === undefined ? undefined : parseRecord('audit', accountId, stored.value).changes
}

function segmentPath(accountId: AccountId, first: number): SecretPath {
  return recordPath('audit', accountId, parseRecordId(String(first)))
}
