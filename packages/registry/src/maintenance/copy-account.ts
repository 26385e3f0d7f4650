import { isDeepStrictEqual } from 'node:util'
import type { Account, AccountId } from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, type SecretStore, type StoredSecret } from '@mtls-gateway/secret-store'
import { findChange } from '../audit/audit-segments.ts'
import { decodeAccount } from '../format/account-codec.ts'
import { type Copied, CopyFault, copySecret, writeSecret } from './copy-secret.ts'

export interface Stores {
  readonly from: SecretStore
  readonly to: SecretStore
}

/**
 * Copies an account document as it was read. A copy that an earlier run made is brought up to it; a document that was
 * changed in the target is not touched.
 *
 * @throws CopyFault, StoreError
 */
export async function copyAccount(
  { from, to }: Stores,
  accountId: AccountId,
  source: { readonly stored: StoredSecret; readonly account: Account },
  slices: TimeSlices,
): Promise<Copied> {
  const path = accountPath(accountId)
  const { value } = source.stored
  const there = await to.get(path)
  if (there === undefined || isDeepStrictEqual(there.value, value)) return copySecret(to, path, value)
  const target = await decodeAccount(there.value, accountId, slices)
  if (!(await isEarlier(target, source.account, from))) {
    throw new CopyFault(
      'was changed in the target after it was copied. Keep the one that is right, and remove the other.',
    )
  }
  return writeSecret(to, path, value, there.version)
}

/** Whether the target's last change is one of the source's, and not its last. */
async function isEarlier(target: Account, source: Account, from: SecretStore): Promise<boolean> {
  if (target.revision >= source.revision) return false
  const same = await findChange(source, target.revision, from)
  return same !== undefined && same.changeId === target.changes.at(-1)?.changeId
}
