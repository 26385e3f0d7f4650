import { type Account, type AccountId, type Change, findInChain } from '@mtls-gateway/domain'
import { recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { sha256 } from '../audit-trail.ts'
import { listRecords } from '../inventory.ts'
import { parseRecord } from '../records/records.ts'
import { coded } from '../store-failure.ts'
import { AccountStore } from '../write/account-store.ts'

export interface CheckedAudit {
  readonly accountId: AccountId
  readonly entries: number
  /** The revision of the oldest entry; 0: there is none. What was before it is not kept any longer. */
  readonly from: number
  /** The revision of the account; 0: there is none. */
  readonly to: number
  /** How many entries have no hash, because a release before the chain has written them. */
  readonly unchained: number
  /** The oldest entry that is missing, or that is not as it was written, or follows one that is not. */
  readonly fault: { readonly revision: number; readonly finding: 'missing' | 'changed' } | undefined
}

/**
 * Whether the audit of an account is whole, straight from the store, the oldest entry first and one segment at a time.
 * @param store whose folders may be listed
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export function checkAudit(store: SecretStore, accountId: AccountId): Promise<CheckedAudit> {
  return coded(check(store, accountId))
}

async function check(store: SecretStore, accountId: AccountId): Promise<CheckedAudit> {
  const { account } = await new AccountStore(store).read(accountId)
  const to = account.revision
  let entries = 0
  let unchained = 0
  let from = 0
  let before: Change | undefined
  let fault: CheckedAudit['fault']
  for await (const change of oldestFirst(store, account)) {
    // What one before the first is like is not known, unless there was none.
    if (before !== undefined || change.revision === 1) fault ??= faultAt(accountId, before, change)
    if (change.hash === undefined) unchained += 1
    entries += 1
    from ||= change.revision
    before = change
  }
  const last = before?.revision ?? 0
  // Without the account, nobody knows how many entries there were.
  if (last !== to || to === 0) fault ??= { revision: last + 1, finding: 'missing' }
  return { accountId, entries, from, to, unchained, fault }
}

/** The account was read before: what it moves into a segment meanwhile is taken from the account. */
async function* oldestFirst(store: SecretStore, { accountId, changes }: Account): AsyncGenerator<Change> {
  const held = changes[0]?.revision ?? Number.POSITIVE_INFINITY
  const ids = await listRecords(store, 'audit', accountId)
  for (const id of ids.toSorted((one, other) => Number(one) - Number(other))) {
    const stored = await store.get(recordPath('audit', accountId, id))
    if (stored === undefined) continue
    yield* parseRecord('audit', accountId, stored.value).changes.filter(({ revision }) => revision < held)
  }
  yield* changes
}

function faultAt(accountId: AccountId, before: Change | undefined, change: Change): CheckedAudit['fault'] {
  const finding = findInChain(accountId, before, change, sha256)
  if (finding === 'gap') return { revision: (before?.revision ?? 0) + 1, finding: 'missing' }
  return finding === 'changed' ? { revision: change.revision, finding } : undefined
}
