import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { type RecordKind, recordPath, type SecretReader } from '@mtls-gateway/secret-store/port'
import { codedStoreFailure } from '../failures/store-failure.ts'
import { parseRecord, type RecordValues } from './records.ts'

/**
 * Undefined if the record was never written or was purged.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export async function readRecord<Kind extends RecordKind>(
  store: SecretReader,
  kind: Kind,
  accountId: AccountId,
  id: RecordId,
): Promise<RecordValues[Kind] | undefined> {
  try {
    const stored = await store.get(recordPath(kind, accountId, id))
    return stored === undefined ? undefined : parseRecord(kind, accountId, stored.value)
  } catch (error) {
    throw codedStoreFailure(error)
  }
}
