import { type AccountId, parseAccountId, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import { kindFolder, type RecordKind, recordFolder, type SecretStore } from '@mtls-gateway/secret-store'

/** The shape of account and record ids. The gateway wrote nothing with another name, and could not read it. */
const word = /^[A-Za-z0-9_-]{1,64}$/

/** Every account that has anything of these kinds, sorted. @throws StoreError */
export async function listAccounts(
  store: SecretStore,
  kinds: readonly (RecordKind | 'accounts')[],
): Promise<readonly AccountId[]> {
  const lists = await Promise.all(kinds.map((kind) => store.list(kindFolder(kind))))
  const names = new Set(lists.flat().map((name) => name.replace(/\/$/, '')))
  return [...names]
    .filter((name) => word.test(name))
    .sort()
    .map(parseAccountId)
}

/** @throws StoreError */
export async function listRecords(store: SecretStore, kind: RecordKind, account: AccountId): Promise<RecordId[]> {
  const names = await store.list(recordFolder(kind, account))
  return names.filter((name) => word.test(name)).map(parseRecordId)
}
