import type { UpstreamPools } from '@mtls-gateway/outbound'
import type {
  AccountReader,
  AppSecretReader,
  CaCertificateReader,
  IdentityReader,
  TargetSecretReader,
} from '@mtls-gateway/registry'

interface Followers {
  readonly identities: IdentityReader
  readonly caCertificates: CaCertificateReader
  readonly secrets: AppSecretReader
  readonly targetSecrets: TargetSecretReader
  readonly upstreams: UpstreamPools
}

/**
 * Keeps everything derived from an account's copy up to date: identities that no mapping uses any more, by version,
 * trust and TLS settings, take no new requests, and revoked ones end at once (docs/propagation.md).
 */
export function followChanges(
  accounts: AccountReader,
  { identities, caCertificates, secrets, targetSecrets, upstreams }: Followers,
): void {
  accounts.onLoaded((account) => {
    identities.keepNamed(account)
    caCertificates.keepNamed(account)
    secrets.keepNamed(account)
    targetSecrets.keepNamed(account)
    upstreams.retain(account.accountId, {
      has: (versionId, trustKey, tlsKey) => account.isMapped(versionId, trustKey, tlsKey),
    })
  })
  accounts.onRevoked((accountId, ids) => {
    for (const id of ids) void upstreams.revoke(accountId, id)
  })
}
