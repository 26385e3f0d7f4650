import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { TargetTrust, VersionedCredentials } from '@mtls-gateway/outbound'
import type { AccountReader } from '@mtls-gateway/registry'

/** What a call was about to present, and how its target was to be verified. */
export interface ChosenIdentity {
  readonly credentials: VersionedCredentials
  readonly trust?: TargetTrust | undefined
}

/**
 * Whether the account still makes calls as this: reading the key and the trusted CAs takes a while, in which the
 * certificate may have been replaced, or the mapping changed. True where that can't be told without waiting.
 */
export function isCurrent(
  accounts: AccountReader,
  accountId: AccountId,
  { credentials, trust }: ChosenIdentity,
): boolean {
  const account = accounts.get(accountId)
  if (account === undefined) return false
  if ('isMapped' in account) return account.isMapped(credentials.versionId, trust?.key)
  // Whoever asks next gets the failure of this look-up.
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

/** As {@link isCurrent}, and certain: a copy that is not held is waited for. */
export function isStillCurrent(
  accounts: AccountReader,
  accountId: AccountId,
  { credentials, trust }: ChosenIdentity,
): MaybePromise<boolean> {
  return andThen(accounts.get(accountId), (account) => account?.isMapped(credentials.versionId, trust?.key) ?? false)
}

/** What a call was to present has changed while it waited: it is to be chosen again. */
export class IdentityOutdated extends CodedError {
  constructor() {
    super('CLIENT_KEY_MISSING', 'The certificate of this call was replaced again and again while it waited. Try again.')
  }
}
