import { isLoopback } from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'
import { requireSafeUrl } from './base-url.ts'

/** The identity provider that somebody signs in at, and as which of its clients. */
export interface ProviderSettings {
  /** As the provider writes it, with or without a slash at the end: it is compared. */
  readonly issuer: string
  /** A public client: it has no secret. */
  readonly clientId: string
  /** Separated by spaces. */
  readonly scope: string
  /** Where the provider sends the browser; without a port any free one is taken. */
  readonly redirectUri: string
  /** What the token is to be for (RFC 8707), where the provider has to be told. */
  readonly resource?: string | undefined
}

export interface ProviderOptions {
  readonly issuer?: string | undefined
  readonly clientId?: string | undefined
  readonly scope?: string | undefined
  readonly redirectUri?: string | undefined
  readonly resource?: string | undefined
}

/** `offline_access` is what most providers want for a refresh token (OpenID Connect Core, section 11). */
const defaultScope = 'openid offline_access mtls:read mtls:write'
/** The address rather than a name (RFC 8252 section 8.3). */
const defaultRedirectUri = 'http://127.0.0.1/callback'

/** The first source that names an issuer, completed from the other sources that mean the same one. */
export function firstProvider(...sources: readonly (ProviderOptions | undefined)[]): ProviderOptions {
  const issuer = sources.find((source) => source?.issuer)?.issuer
  const same = sources.filter((source) => !source?.issuer || source.issuer === issuer)
  const value = (name: keyof ProviderOptions) => same.find((source) => source?.[name])?.[name]
  return {
    issuer,
    clientId: value('clientId'),
    scope: value('scope'),
    redirectUri: value('redirectUri'),
    resource: value('resource'),
  }
}

/** @throws CliFailure: what is missing or malformed */
export function parseProvider({ issuer, clientId, scope, redirectUri, resource }: ProviderOptions): ProviderSettings {
  if (!issuer) {
    throw new CliFailure('wrongUse', 'There is no identity provider to sign in at. Give --issuer, or set MTLS_ISSUER.')
  }
  requireSafeUrl(issuer, '--issuer')
  if (!clientId) {
    throw new CliFailure(
      'wrongUse',
      'To sign in, the client id of mtls at your identity provider is needed, too. Give --client-id, or set MTLS_CLIENT_ID.',
    )
  }
  return {
    issuer,
    clientId,
    scope: scope || defaultScope,
    redirectUri: parseRedirectUri(redirectUri || defaultRedirectUri),
    resource,
  }
}

/** @throws CliFailure */
function parseRedirectUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' && isLoopback(url.hostname) && !/[?#@\s]/.test(text)) return text
  throw new CliFailure('wrongUse', '--redirect-uri must be like http://127.0.0.1/callback or http://localhost:8400/.')
}
