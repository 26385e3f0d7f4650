import type { AccountId, VersionRecordIds } from '@mtls-gateway/domain'
import type { RecordName } from './record-writer.ts'

/** What a version has in the store: its key, and its chain as soon as there is one. */
export function recordsOfVersion(
  accountId: AccountId,
  { keyId, versionId }: Partial<VersionRecordIds>,
): readonly RecordName[] {
  return [
    ...(keyId === undefined ? [] : [{ kind: 'keys' as const, accountId, id: keyId }]),
    ...(versionId === undefined ? [] : [{ kind: 'chains' as const, accountId, id: versionId }]),
  ]
}
