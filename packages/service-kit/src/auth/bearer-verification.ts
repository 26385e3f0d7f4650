import {
  type BearerVerifier,
  type ClaimNames,
  EmbeddedIssuer,
  embeddedIssuerName,
  IntrospectionVerifier,
  isInvitationToken,
  JwtVerifier,
  localTokenKeys,
  refusedInvitations,
  remoteTokenKeys,
} from '@mtls-gateway/request-auth'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { issuerKey } from './issuer-key.ts'

type TokenConfiguration = Pick<
  CommonConfiguration,
  | 'tokenIssuer'
  | 'tokenAudience'
  | 'tokenJwksUrl'
  | 'tokenType'
  | 'tokenScopeClaim'
  | 'tokenAccountsClaim'
  | 'introspectionUrl'
  | 'introspectionClientId'
  | 'introspectionClientSecret'
  | 'dataDir'
>

/**
 * Verifies Bearer tokens by the keys of the configured issuer, or by the configured introspection endpoint. With both,
 * JWTs are verified by the keys. With neither, tokens are those of the embedded issuer.
 * @param invitations for tokens of invitations, which no issuer is ever asked about; without it, they are refused
 */
export function bearerVerification(
  configuration: TokenConfiguration,
  invitations: BearerVerifier = refusedInvitations,
): BearerVerifier {
  const issued = issuedTokens(configuration)
  return { verify: (token) => (isInvitationToken(token) ? invitations : issued).verify(token) }
}

function issuedTokens(configuration: TokenConfiguration): BearerVerifier {
  const byKeys = jwtVerifier(configuration)
  const byAsking = introspectionVerifier(configuration)
  if (byKeys && byAsking) return { verify: (token) => (isJwt(token) ? byKeys : byAsking).verify(token) }
  return byKeys ?? byAsking ?? embeddedVerifier(issuerKey(configuration.dataDir))
}

function jwtVerifier(configuration: TokenConfiguration): BearerVerifier | undefined {
  const { tokenIssuer: issuer, tokenAudience: audience, tokenJwksUrl, tokenType: type } = configuration
  if (issuer === undefined || audience === undefined || tokenJwksUrl === undefined) return undefined
  const keys = remoteTokenKeys(new URL(tokenJwksUrl))
  return new JwtVerifier({ keys, issuer, audience, type, claims: claimNames(configuration), clock: Date.now })
}

function introspectionVerifier(configuration: TokenConfiguration): BearerVerifier | undefined {
  const { introspectionUrl, introspectionClientId, introspectionClientSecret, tokenIssuer, tokenAudience } =
    configuration
  if (introspectionUrl === undefined) return undefined
  return new IntrospectionVerifier({
    endpoint: new URL(introspectionUrl),
    clientId: introspectionClientId ?? '',
    clientSecret: introspectionClientSecret?.reveal() ?? '',
    issuer: tokenIssuer ?? new URL(introspectionUrl).origin,
    audience: tokenAudience,
    claims: claimNames(configuration),
    clock: Date.now,
  })
}

function claimNames({ tokenAccountsClaim, tokenScopeClaim }: TokenConfiguration): ClaimNames {
  return { accounts: tokenAccountsClaim, scope: tokenScopeClaim }
}

function embeddedVerifier(key: Uint8Array): BearerVerifier {
  const keys = localTokenKeys(new EmbeddedIssuer({ key, clock: Date.now }).publicJwks())
  return new JwtVerifier({ keys, issuer: embeddedIssuerName, audience: embeddedIssuerName, clock: Date.now })
}

/** A compact JWS has three parts; opaque tokens seldom have two dots. */
function isJwt(token: string): boolean {
  return token.split('.').length === 3
}
