import { randomUUID } from 'node:crypto'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { accountPath, type RecordKind, recordKinds, recordPath, type SecretPath } from '../src/index.ts'

export type Kind = RecordKind | 'accounts'
export const kinds: readonly Kind[] = ['accounts', ...recordKinds]

/** Whose records {@link freshPath} gives paths of. */
export const account = parseAccountId(`t-${randomUUID()}`)

/** Where nothing was written yet. */
export function freshPath(kind: Kind): SecretPath {
  if (kind === 'accounts') return accountPath(parseAccountId(`t-${randomUUID()}`))
  return recordPath(kind, account, parseRecordId(randomUUID()))
}
