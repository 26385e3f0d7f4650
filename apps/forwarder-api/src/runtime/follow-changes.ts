import type { Dispatchers } from '@mtls-gateway/outbound'
import type { AccountReader, AppSecretReader, CaCertificateReader, IdentityReader } from '@mtls-gateway/registry'

interface Followers {
  readonly identities: IdentityReader
  readonly caCertificates: CaCertificateReader
  readonly secrets: AppSecretReader
  readonly dispatchers: Dispatchers
}

/**
 * Lets what was made of an account's copy follow the next one: callers as which no mapping calls any more, by version
 * and by trust, take no new request, and what was revoked ends at once (design, "Dispatchers").
 */
export function followChanges(
  accounts: AccountReader,
  { identities, caCertificates, secrets, dispatchers }: Followers,
): void {
  accounts.onLoaded((account) => {
    identities.keepNamed(account)
    caCertificates.keepNamed(account)
    secrets.keepNamed(account)
    dispatchers.retain(account.accountId, { has: (versionId, trustKey) => account.isMapped(versionId, trustKey) })
  })
  accounts.onRevoked((accountId, ids) => {
    for (const id of ids) void dispatchers.revoke(accountId, id)
  })
}
