import { type Account, type AccountId, type Change, parseRecordId } from '@mtls-gateway/domain'
import {
  isStoreError,
  recordPath,
  type SecretPath,
  type SecretReader,
  type SecretStore,
} from '@mtls-gateway/secret-store'
import { parseRecord } from '../records/records.ts'

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
    await store.put(segmentPath(account.accountId, changes), { changes }, 0)
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw error
  }
  return { ...account, changes: account.changes.slice(segmentLength) }
}

/** The change that made a revision: in the account, or in the segment it went to; undefined if there is none yet. */
export async function findChange(account: Account, revision: number, store: SecretReader): Promise<Change | undefined> {
  const first = account.changes[0]
  if (first === undefined || revision > account.revision) return undefined
  if (revision >= first.revision) return account.changes.find((change) => change.revision === revision)
  const segment = await readSegment(account.accountId, revision, store)
  return segment?.find((change) => change.revision === revision)
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
  const start = revision - ((revision - 1) % segmentLength)
  const stored = await store.get(recordPath('audit', accountId, parseRecordId(String(start))))
  return stored === undefined ? undefined : parseRecord('audit', accountId, stored.value).changes
}

function segmentPath(accountId: AccountId, [first]: readonly Change[]): SecretPath {
  return recordPath('audit', accountId, parseRecordId(String(first?.revision)))
}
