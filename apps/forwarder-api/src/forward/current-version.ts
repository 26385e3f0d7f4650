import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { ClientIdentity } from '@mtls-gateway/outbound'
import type { AccountReader } from '@mtls-gateway/registry'

/**
 * Whether an identity is still the current version of its certificate: reading its key takes a while, in which it may have been
 * replaced. True where that can't be told without waiting.
 */
export function isCurrent(accounts: AccountReader, accountId: AccountId, { versionId }: ClientIdentity): boolean {
  const account = accounts.get(accountId)
  if (account === undefined) return false
  if ('versionIds' in account) return account.versionIds.has(versionId)
  // Whoever asks next gets the failure of this look-up.
  account.catch(() => {})
  return true
}

/** @throws CodedError `CLIENT_KEY_MISSING`: a connection opened now would outlive the revocation that ended the others */
export function refuseRevoked(
  accounts: AccountReader,
  accountId: AccountId,
  identity: ClientIdentity | undefined,
): void {
  if (!identity || !accounts.isRevoked(accountId, identity.versionId)) return
  throw new CodedError('CLIENT_KEY_MISSING', 'The client certificate of this call was deleted. Map another one.')
}
