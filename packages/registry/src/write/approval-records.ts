import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import type { AccountId, RecordId } from '@mtls-gateway/domain'
import { isStoreError, recordPath, type SecretReader, type SecretStore } from '@mtls-gateway/secret-store'
import { accountFull } from '../format/account-codec.ts'
import { readRecord } from '../records/records.ts'

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)
/** As fast as what is stored of large accounts. */
const quality = 5
/** Whoever may write records must not be able to fill the memory of whoever reads one. */
const maxBytes = 64 * 1024 * 1024

/**
 * Writes what a change would change that waits for approval, before the account names it.
 * @throws StoreError; CodedError `ACCOUNT_FULL`: it is more than the store takes at once
 */
export async function writeApproval(store: SecretStore, account: AccountId, id: RecordId, text: string): Promise<void> {
  const compressed = await compress(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })
  try {
    await store.put(recordPath('approvals', account, id), { brotli: compressed.toString('base64') }, 0)
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
  const text = await decompress(Buffer.from(record.brotli, 'base64'), { maxOutputLength: maxBytes }).catch(() => '')
  return text.toString()
}
