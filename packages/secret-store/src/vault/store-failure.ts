import { StoreError, type StoreErrorReason } from '../port/secret-store.ts'
import { type FailureKind, isVaultFailure } from './vault-failure.ts'

const reasons: Partial<Record<FailureKind, readonly [StoreErrorReason, string]>> = {
  conflict: ['conflict', 'it is not at the expected version.'],
  deleted: ['deleted', 'its newest version is deleted in Vault; undelete it there.'],
  forbidden: ['forbidden', "Vault's policies do not allow it."],
  'too-large': ['too-large', 'Vault refuses its size.'],
}

/**
 * What callers of the port see. Other errors than those of Vault stay what they are. A read that is refused is as good
 * as one without an answer; of a write it has to be known that nothing was written.
 */
export function asStoreError(error: unknown, kind: 'read' | 'write', path: string): unknown {
  if (!isVaultFailure(error)) return error
  const otherwise = kind === 'write' && error.kind === 'refused' ? 'refused' : 'unavailable'
  const [reason, text] = reasons[error.kind] ?? [otherwise, error.message]
  return new StoreError(reason, `${path}: ${text}`, { cause: error })
}
