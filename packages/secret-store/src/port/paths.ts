import type { AccountId, RecordId } from '@mtls-gateway/domain'

declare const brand: unique symbol

/** A path under the mount, of validated segments only: `..`, `?`, `#` and `/` can't occur in one. */
export type SecretPath = string & { readonly [brand]: 'SecretPath' }
/** A folder under the mount; ends with "/". */
export type SecretFolder = string & { readonly [brand]: 'SecretFolder' }

/**
 * Kinds of records written once, before the account names them, and never changed (decision 2). The CA of an account
 * (decision 69) is named by no account: what `issuer-cas` has names its key.
 */
export const recordKinds = [
  'keys',
  'chains',
  'app-keys',
  'webhook-secrets',
  'target-secrets',
  'audit',
  'issuer-keys',
  'issuer-cas',
  'approvals',
] as const
export type RecordKind = (typeof recordKinds)[number]

/** The keys by which app keys are told from invented ones: of the deployment, not of an account. */
export const appKeyMacsPath = 'deployment/app-key-macs' as SecretPath

/** Changes when the store was put back to an older copy (decision 33). */
export const storeEpochPath = 'deployment/store-epoch' as SecretPath

/**
 * How far a receiver of the audit stream has got. Each record has a share of the accounts, so that one new entry does
 * not rewrite the positions of all (decision 94).
 */
export function auditPositionsPath(receiver: 'webhook' | 'otlp' | 'file', part: number): SecretPath {
  return `audit-positions/${receiver}/${part}` as SecretPath
}

export function accountPath(account: AccountId): SecretPath {
  return `accounts/${account}` as SecretPath
}

export function recordPath(kind: RecordKind, account: AccountId, id: RecordId): SecretPath {
  return `${kind}/${account}/${id}` as SecretPath
}

export function recordFolder(kind: RecordKind, account: AccountId): SecretFolder {
  return `${kind}/${account}/` as SecretFolder
}

/** All accounts that have anything of a kind, or an account document. */
export function kindFolder(kind: RecordKind | 'accounts'): SecretFolder {
  return `${kind}/` as SecretFolder
}
