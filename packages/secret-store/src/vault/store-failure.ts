import { StoreError, type StoreErrorReason } from '../port.ts'
import { type FailureKind, isVaultFailure } from './vault-failure.ts'

const reasons: Partial<Record<FailureKind, readonly [StoreErrorReason, string]>> = {
  conflict: ['conflict', 'it is not at the expected version.'],
  deleted: ['deleted', 'its newest version is deleted in Vault; undelete it there.'],
  forbidden: ['forbidden', "Vault's policies do not allow it."],
  'too-large': ['too-large', 'Vault refuses its size.'],
}

/** What callers of the port see. Other errors than those of Vault stay what they are. */
export function asStoreError(error: unknown, path: string): unknown {
  if (!isVaultFailure(error)) return error
  const [reason, text] = reasons[error.kind] ?? ['unavailable', error.message]
  return new StoreError(reason, `${path}: ${text}`, { cause: error })
}
