import { type AccountId, type Certificate, type RecordId, versionsOf } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'

/** Which keys of a certificate's versions the store has. No key is read. @throws CodedError `STORE_UNAVAILABLE` */
export async function presentKeys(
  writer: AccountWriter,
  accountId: AccountId,
  certificate: Certificate,
): Promise<ReadonlySet<RecordId>> {
  const keyIds = versionsOf(certificate).map(({ keyId }) => keyId)
  const present = await Promise.all(keyIds.map((keyId) => writer.records.exists('keys', accountId, keyId)))
  return new Set(keyIds.filter((_, index) => present[index]))
}
