import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { isStoreError, recordPath, type SecretReader, type SecretStore } from '@mtls-gateway/secret-store'
import { accountFull } from '../format/account-codec.ts'
import { packBlock, unpack } from '../format/blocks.ts'
import { readRecord } from '../records/records.ts'

/**
 * Writes what a change would change that waits for approval, before the account names it.
 * @throws StoreError; CodedError `ACCOUNT_FULL`: it is more than the store takes at once
 */
export async function writeApproval(store: SecretStore, account: AccountId, id: RecordId, text: string): Promise<void> {
  const brotli = await packBlock(text)
  try {
    await store.put(recordPath('approvals', account, id), { brotli }, 0)
  } catch (error) {
    throw isStoreError(error, 'too-large') ? accountFull(error) : error
  }
}

/**
 * Undefined if the record is gone. Whether it is what was written, its digest in the account tells.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export async function readApproval(store: SecretReader, account: AccountId, id: RecordId): Promise<string | undefined> {
  const record = await readRecord(store, 'approvals', account, id)
  if (record === undefined) return undefined
  // What cannot be decompressed has no digest that fits.
  return (await unpack(record.brotli).catch(() => '')).toString()
}
