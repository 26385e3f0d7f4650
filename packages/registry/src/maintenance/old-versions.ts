import { randomBytes } from 'node:crypto'
import { type Account, dropOldPrevious, parseRecordId, type VersionRecordIds } from '@mtls-gateway/domain'
import type { AccountWriter } from '../account-writer.ts'
import type { RecordName } from '../record-writer.ts'

export interface OldVersionsOptions {
  /** Without it nothing is dropped. */
  readonly writer?: Pick<AccountWriter, 'change' | 'purgeRecords'>
  readonly now?: () => number
  readonly dryRun?: boolean
}

/** A rollback goes back so far. */
const keptMs = 30 * 86_400_000

/**
 * Forgets the versions of an account that were replaced too long ago to go back to, and purges what they named.
 * @returns how many were dropped, or would be
 * @throws CodedError as {@link AccountWriter.change}
 */
export async function dropOldVersions(
  account: Account,
  { writer, now = Date.now, dryRun = false }: OldVersionsOptions,
): Promise<number> {
  const at = new Date(now()).toISOString()
  const changeId = parseRecordId(randomBytes(16).toString('base64url'))
  const context = { changeId, at, actor: 'gateway', address: '' }
  const command = dropOldPrevious(context, new Date(now() - keptMs).toISOString())
  const { result } = command(account)
  if (writer === undefined || dryRun || result.length === 0) return writer === undefined ? 0 : result.length
  const { accountId } = account
  const changed = await writer.change(accountId, changeId, command)
  await writer.purgeRecords(changed.result.flatMap((version) => recordsOf(accountId, version)))
  return changed.result.length
}

function recordsOf(accountId: Account['accountId'], { keyId, versionId }: VersionRecordIds): readonly RecordName[] {
  const key = { kind: 'keys' as const, accountId, id: keyId }
  return versionId === undefined ? [key] : [key, { kind: 'chains' as const, accountId, id: versionId }]
}
