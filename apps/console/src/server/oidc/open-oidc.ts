import type { Leases } from '@mtls-gateway/coordination'
import type { Log } from '@mtls-gateway/service-kit'
import type { ConsoleConfiguration } from '../configuration/settings.ts'
import { IdentityProvider } from './identity-provider.ts'
import { callbackPath } from './oidc-routes.ts'
import { Refresher, type RefreshResult } from './refresher.ts'

export interface Oidc {
  readonly provider: IdentityProvider
  readonly refresher: Refresher
}

export interface OidcParts {
  readonly leases: Leases
  readonly log: Log
  readonly publicUrl: () => string
  readonly onRefresh: (result: RefreshResult) => void
}

/** Undefined if people don't sign in with an identity provider. */
export function openOidc(configuration: ConsoleConfiguration, parts: OidcParts): Oidc | undefined {
  const provider = identityProvider(configuration, parts.publicUrl())
  if (provider === undefined) return undefined
  const { leases, log, onRefresh } = parts
  return { provider, refresher: new Refresher({ provider, leases, log, onRefresh }) }
}

/**
 * The one that the settings describe; undefined if they describe none.
 * @param publicUrl where people open the console
 */
export function identityProvider(
  { oidcIssuer, oidcClientId, oidcClientSecretFile, oidcScopes, oidcResource, oidcSignOut }: ConsoleConfiguration,
  publicUrl: string,
): IdentityProvider | undefined {
  if (oidcIssuer === undefined || oidcClientId === undefined || oidcClientSecretFile === undefined) return undefined
  return new IdentityProvider({
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecretFile: oidcClientSecretFile,
    scopes: oidcScopes,
    resource: oidcResource,
    redirectUri: `${publicUrl}${callbackPath}`,
    signedOutUri: `${publicUrl}/sign-in`,
    endsSessions: oidcSignOut === 'provider',
  })
}
