import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { VersionedCredentials } from '@mtls-gateway/outbound'
import type { AccountReader } from '@mtls-gateway/registry'

/** @throws CodedError `CLIENT_KEY_MISSING`: a new connection would outlive the revocation that ended the others */
export function refuseRevoked(
  accounts: AccountReader,
  accountId: AccountId,
  credentials: VersionedCredentials | undefined,
): void {
  if (!credentials || !accounts.isRevoked(accountId, credentials.versionId)) return
  throw new CodedError('CLIENT_KEY_MISSING', 'The client certificate of this call was deleted. Map another one.')
}

/** The certificate or trust of a call has changed while it waited, and must be chosen again. */
export class IdentityOutdated extends CodedError {
  constructor() {
    super('CLIENT_KEY_MISSING', 'The certificate of this call was replaced again and again while it waited. Try again.')
  }
}
