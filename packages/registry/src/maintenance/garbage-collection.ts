import { type Account, type AccountId, CodedError, dropOldPrevious } from '@mtls-gateway/domain'
import { isStoreError, recordPath, type SecretPath, type SecretStore } from '@mtls-gateway/secret-store'
import { inParallel } from '../in-parallel.ts'
import { listAccounts, listRecords } from '../inventory.ts'
import { recordsOfVersion } from '../records/record-writer.ts'
import { coded, codedStoreFailure } from '../store-failure.ts'
import { AccountStore } from '../write/account-store.ts'
import { type AccountWriter, ownChange } from '../write/account-writer.ts'

/** Audit segments are kept for ever: no account names them. */
export const collectedKinds = ['keys', 'chains', 'app-keys', 'webhook-secrets', 'target-secrets', 'approvals'] as const
type CollectedKind = (typeof collectedKinds)[number]

interface GarbageCollectionOptions {
  readonly store: SecretStore
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /**
   * What is younger is left alone, one day unless given: a record is written before the account names it. With less
   * than a minute a certificate that is being saved right now can lose its key.
   */
  readonly minAgeMs?: number
  /** Counts what would be purged, and purges nothing. */
  readonly dryRun?: boolean
  /** Forgets versions that were replaced 30 days ago, by ordinary changes; without it they stay. */
  readonly writer?: Pick<AccountWriter, 'change'>
  /** Ends it before the next account. */
  readonly signal?: AbortSignal
  readonly onProgress?: (doneAccounts: number, accounts: number) => void
}

interface KindCount {
  named: number
  /** Not named, but too young to be purged. */
  young: number
  purged: number
}

interface GarbageProblem {
  readonly account: AccountId
  /** A sentence. Nothing of this account was purged after it. */
  readonly problem: string
}

export interface GarbageReport {
  readonly accounts: number
  readonly kinds: Readonly<Record<CollectedKind, KindCount>>
  /** Versions to which a rollback could have gone back, and that were too old for it. */
  readonly previousVersions: number
  readonly problems: readonly GarbageProblem[]
}

const dayMs = 86_400_000
const accountsAtOnce = 4
const purgesAtOnce = 8

/**
 * Purges what no account names any more: what a crash between two writes left, and what could not be purged after the
 * change that dropped it. Of each account it lists first and reads the document then, so that what is named meanwhile
 * is seen as named. An account that is missing or unreadable keeps all it has, and is reported.
 *
 * @throws CodedError `STORE_UNAVAILABLE` if not even the accounts can be listed
 */
export async function collectGarbage(options: GarbageCollectionOptions): Promise<GarbageReport> {
  const { store, now = Date.now, minAgeMs = dayMs, dryRun = false, signal, onProgress } = options
  const accounts = new AccountStore(store)
  const writtenUntil = now() - minAgeMs
  const kinds = Object.fromEntries(
    collectedKinds.map((kind): [CollectedKind, KindCount] => [kind, { named: 0, young: 0, purged: 0 }]),
  ) as Record<CollectedKind, KindCount>
  const problems: GarbageProblem[] = []
  let [done, previousVersions] = [0, 0]

  const collect = async (accountId: AccountId) => {
    const listed = await Promise.all(
      collectedKinds.map(async (kind) => ({ kind, ids: await listRecords(store, kind, accountId) })),
    )
    if (listed.every(({ ids }) => ids.length === 0)) return
    const { account, version } = await accounts.read(accountId)
    if (version === 0) {
      throw new CodedError('STORE_DAMAGED', 'There are records of this account, but no account document.')
    }
    // Not in one expression: other accounts are counted meanwhile.
    const dropped = await dropOldVersions(account, options)
    previousVersions += dropped
    for (const { kind, ids } of listed) {
      const unreferenced = unreferencedIn(account, ids)
      kinds[kind].named += ids.length - unreferenced.size
      await inParallel(unreferenced, purgesAtOnce, (id) => purge(kind, recordPath(kind, accountId, id)))
    }
  }

  const purge = async (kind: CollectedKind, path: SecretPath) => {
    const writtenAt = await store.writtenAt(path)
    // Whoever dropped it has just purged it.
    if (writtenAt === undefined) return
    const isYoung = writtenAt > writtenUntil
    if (!isYoung && !dryRun) await store.purge(path)
    kinds[kind][isYoung ? 'young' : 'purged']++
  }

  const found = await coded(listAccounts(store, collectedKinds))
  await inParallel(found, accountsAtOnce, async (account) => {
    if (signal?.aborted) return
    await collect(account).catch((error: unknown) => problems.push({ account, problem: sentenceOf(error) }))
    done++
    onProgress?.(done, found.length)
  })
  return { accounts: done, kinds, previousVersions, problems }
}

function sentenceOf(error: unknown): string {
  if (isStoreError(error, 'unavailable')) return 'The store did not answer. The next run looks at this account again.'
  if (isStoreError(error, 'forbidden')) return 'The store refuses to list, read or purge what this account has.'
  return (codedStoreFailure(error) as Error).message
}

/**
 * Those of the ids that the account does not name. An id counts as named wherever it stands in the document, in fields
 * too that a later version of the gateway has added: in a rolling update an older instance must not purge what they
 * name. Ids are random, so nothing else is taken for one. Only the log of changes may tell of what is gone.
 */
export function unreferencedIn<Id extends string>(account: Account, ids: Iterable<Id>): ReadonlySet<Id> {
  const { changes: _, ...document } = account
  const unreferenced = new Set(ids)
  strike(document, unreferenced)
  return unreferenced
}

function strike(value: unknown, unreferenced: Set<string>): void {
  if (typeof value === 'string') unreferenced.delete(value)
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) strike(part, unreferenced)
  }
}

/** A rollback goes back so far. */
const keptMs = 30 * 86_400_000

/**
 * Forgets the versions of an account that were replaced too long ago to go back to, and purges what they named.
 * @returns how many were dropped, or would be
 * @throws CodedError as {@link AccountWriter.change}
 */
async function dropOldVersions(
  account: Account,
  { writer, now = Date.now, dryRun }: GarbageCollectionOptions,
): Promise<number> {
  if (writer === undefined) return 0
  const context = ownChange(now())
  const command = dropOldPrevious(context, new Date(now() - keptMs).toISOString())
  const { result } = command(account)
  if (dryRun || result.length === 0) return result.length
  const { accountId } = account
  const changed = await writer.change(accountId, context.changeId, command, {
    dropped: (versions) => versions.flatMap((version) => recordsOfVersion(accountId, version)),
  })
  return changed.result.length
}

interface AuditRetentionOptions extends Pick<GarbageCollectionOptions, 'store' | 'now' | 'signal'> {
  /** Segments that were moved out of their account longer ago are purged, in milliseconds. */
  readonly keptMs: number
}

/**
 * Purges old segments of the audit trails; what an account holds itself stays. A segment is as old as its youngest
 * change or younger, so nothing goes too early, and none has to be read.
 * @returns how many were purged
 * @throws CodedError `STORE_UNAVAILABLE`
 */
export async function purgeOldAudit({ store, keptMs, now = Date.now, signal }: AuditRetentionOptions): Promise<number> {
  const before = now() - keptMs
  let purged = 0
  try {
    for (const account of await listAccounts(store, ['audit'])) {
      const segments = await listRecords(store, 'audit', account)
      // The oldest first: one that is missing between others looks as if somebody had removed it.
      for (const id of segments.sort((one, other) => Number(one) - Number(other))) {
        if (signal?.aborted) return purged
        const path = recordPath('audit', account, id)
        const writtenAt = await store.writtenAt(path)
        if (writtenAt === undefined || writtenAt > before) continue
        await store.purge(path)
        purged++
      }
    }
    return purged
  } catch (error) {
    throw codedStoreFailure(error)
  }
}
