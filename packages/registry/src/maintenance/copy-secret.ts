import { isDeepStrictEqual } from 'node:util'
import { isStoreError, type SecretPath, type SecretStore, type SecretValue } from '@mtls-gateway/secret-store'

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
export async function writeSecret(
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
