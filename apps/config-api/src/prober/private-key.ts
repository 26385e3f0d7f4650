import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { readRecord } from '@mtls-gateway/registry/read-record'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { KeyName } from './prober-job.ts'

/** @throws CodedError `CLIENT_KEY_MISSING`, for a CA `STORE_DAMAGED`, and those of `readRecord` */
export async function readPrivateKey(
  store: SecretReader,
  accountId: AccountId,
  { kind, keyId }: KeyName,
): Promise<string> {
  const record = await readRecord(store, kind, accountId, keyId)
  if (record) return record.privateKey
  if (kind === 'issuer-keys') throw new CodedError('STORE_DAMAGED', "The store has lost the key of the account's CA.")
  throw new CodedError('CLIENT_KEY_MISSING', 'The store has lost the private key. Upload the certificate again.')
}
