import { type AccountId, CodedError, type RecordId } from '@mtls-gateway/domain'
import { readRecord } from '@mtls-gateway/registry/read-record'
import type { SecretReader } from '@mtls-gateway/secret-store'

/** @throws CodedError `CLIENT_KEY_MISSING`, and those of `readRecord` */
export async function readPrivateKey(store: SecretReader, accountId: AccountId, keyId: RecordId): Promise<string> {
  const record = await readRecord(store, 'keys', accountId, keyId)
  if (record) return record.privateKey
  throw new CodedError('CLIENT_KEY_MISSING', 'The store has lost the private key. Upload the certificate again.')
}
