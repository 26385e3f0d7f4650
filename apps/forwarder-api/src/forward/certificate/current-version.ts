import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { TargetTrust, VersionedCredentials } from '@mtls-gateway/outbound'
import type { AccountReader } from '@mtls-gateway/registry'

/** What a call presents, and how its target is verified. */
export interface ChosenIdentity {
  readonly credentials: VersionedCredentials
  readonly trust?: TargetTrust | undefined
}

/**
 * Whether the account still makes calls this way: while the key and the trusted CAs were read, the certificate may have
 * been replaced, or the mapping changed. True if that can't be known without waiting.
 */
export function isCurrent(
  accounts: AccountReader,
  accountId: AccountId,
  { credentials, trust }: ChosenIdentity,
): boolean {
  const account = accounts.get(accountId)
  if (account === undefined) return false
  if ('isMapped' in account) return account.isMapped(credentials.versionId, trust?.key)
  // The next look-up reports the failure.
  account.catch(() => {})
  return true
}

/** @throws CodedError `CLIENT_KEY_MISSING`: a new connection would outlive the revocation that ended the others */
export function refuseRevoked(
  accounts: AccountReader,
  accountId: AccountId,
  credentials: VersionedCredentials | undefined,
): void {
  if (!credentials || !accounts.isRevoked(accountId, credentials.versionId)) return
  throw new CodedError('CLIENT_KEY_MISSING', 'The client certificate of this call was deleted. Map another one.')
}

/** Like {@link isCurrent}, but certain: waits for a copy that is not held. */
export function isStillCurrent(
  accounts: AccountReader,
  accountId: AccountId,
  { credentials, trust }: ChosenIdentity,
): MaybePromise<boolean> {
  return andThen(accounts.get(accountId), (account) => account?.isMapped(credentials.versionId, trust?.key) ?? false)
}

/** The certificate or trust of a call has changed while it waited, and must be chosen again. */
export class IdentityOutdated extends CodedError {
  constructor() {
    super('CLIENT_KEY_MISSING', 'The certificate of this call was replaced again and again while it waited. Try again.')
  }
}
