import { type Account, dropOldPrevious } from '@mtls-gateway/domain'
import { recordsOfVersion } from '../records/record-writer.ts'
import type { AccountWriter } from '../write/account-writer.ts'
import { ownChange } from '../write/own-change.ts'

export interface OldVersionsOptions {
  /** Without it nothing is dropped. */
  readonly writer?: Pick<AccountWriter, 'change'>
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
  const context = ownChange(now())
  const command = dropOldPrevious(context, new Date(now() - keptMs).toISOString())
  const { result } = command(account)
  if (writer === undefined || dryRun || result.length === 0) return writer === undefined ? 0 : result.length
  const { accountId } = account
  const changed = await writer.change(accountId, context.changeId, command, {
    dropped: (versions) => versions.flatMap((version) => recordsOfVersion(accountId, version)),
  })
  return changed.result.length
}
