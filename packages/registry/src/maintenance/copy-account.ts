import { isDeepStrictEqual } from 'node:util'
import type { Account, AccountId } from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import {
  accountPath,
  isStoreError,
  type SecretPath,
  type SecretStore,
  type SecretValue,
  type StoredSecret,
} from '@mtls-gateway/secret-store'
import { findChange } from '../audit/audit-trail.ts'
import { decodeAccount } from '../format/account-codec.ts'

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

/** `present`: it was there already, and equal. */
export type Copied = 'copied' | 'present'

/** A secret that could not be copied. Its sentence follows the path; it never holds a value. */
export class CopyFault extends Error {
  override readonly name = 'CopyFault'
}

/**
 * Writes a value where nothing is, and reads it back.
 * @throws CopyFault if something else is there; StoreError
 */
export async function copySecret(to: SecretStore, path: SecretPath, value: SecretValue): Promise<Copied> {
  const there = await to.get(path)
  if (there === undefined) return writeSecret(to, path, value, 0)
  if (!isDeepStrictEqual(there.value, value))
    throw new CopyFault('differs in the target. Remove the one that is wrong.')
  return 'present'
}

/** Writes over a version, 0 for none, and reads it back. @throws CopyFault, StoreError */
async function writeSecret(
  to: SecretStore,
  path: SecretPath,
  value: SecretValue,
  expectedVersion: number,
): Promise<Copied> {
  try {
    await to.put(path, value, expectedVersion)
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw error
    throw new CopyFault('was written in the target by somebody else at this moment. Let nobody else write there.')
  }
  const readBack = await to.get(path)
  if (!isDeepStrictEqual(readBack?.value, value)) throw new CopyFault('is not in the target what was written there.')
  return 'copied'
}
