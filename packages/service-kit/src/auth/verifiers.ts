import type { BulkheadLimits, Bulkheads } from '@mtls-gateway/bulkhead'
import {
  type BearerVerifier,
  EmbeddedIssuer,
  embeddedIssuerName,
  IntrospectionVerifier,
  isInvitationToken,
  JwtVerifier,
  localTokenKeys,
  refusedInvitations,
} from '@mtls-gateway/request-auth'
import type { TokenConfiguration } from '../configuration/common-settings.ts'
import { SlotHistogram } from '../metrics/fast-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import type { FileWatch } from '../process/followed-files.ts'
import { rateKey } from '../throttling/client-address.ts'
import { ConfiguredTokenIssuers } from './configured-token-issuers.ts'
import { issuerKey } from './key-files.ts'

export interface BearerVerificationParts {
  /** Where the pool of questions to the issuer is opened. */
  readonly bulkheads: Bulkheads
  /** For tokens of invitations, which no issuer is ever asked about; without it, they are refused. */
  readonly invitations?: BearerVerifier
  /** Follows `TOKEN_ISSUERS_FILE`; without it, the file is read once. */
  readonly watch?: FileWatch
}

export interface BearerVerification extends BearerVerifier {
  /** Those whose keys verify tokens. */
  readonly issuers: Pick<ConfiguredTokenIssuers, 'entries' | 'fault' | 'keysOf'>
  /** How tokens of nobody in `issuers` are verified. */
  readonly otherTokens: 'refused' | 'introspection' | 'embedded'
  /** The file is not followed any more. */
  close(): void
}

/**
 * A token that is kept needs no question, and most callers use one for minutes. An address may ask about 32 new
 * ones at once, and then about 8 a second: invented tokens, which only the issuer can tell, take little of the
 * service's time.
 */
const tokenQuestionLimits: BulkheadLimits = {
  total: 1_024,
  share: 32,
  reserve: 256,
  cooledPerSecond: 8,
  waiting: { total: 400, share: 40, reserve: 80, limitMs: 5_000 },
}

/**
 * Verifies Bearer tokens by the keys of the configured issuers, or by the configured introspection endpoint. With both,
 * JWTs of these issuers are verified by the keys, and all other tokens by the endpoint. With neither, tokens are those
 * of the embedded issuer.
 *
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function bearerVerification(
  configuration: TokenConfiguration,
  { bulkheads, invitations = refusedInvitations, watch }: BearerVerificationParts,
): BearerVerification {
  const byKeys = new ConfiguredTokenIssuers(configuration, watch)
  const byAsking = introspectionVerifier(configuration, bulkheads)
  const hasKeys = byKeys.entries.length > 0
  const others = byAsking ?? (hasKeys ? undefined : embeddedVerifier(issuerKey(configuration.dataDir)))
  const verifierOf = (token: string) =>
    others === undefined || (hasKeys && byKeys.claimsOneOf(token)) ? byKeys : others
  return {
    issuers: byKeys,
    otherTokens: byAsking ? 'introspection' : hasKeys ? 'refused' : 'embedded',
    verify: (token, address) => (isInvitationToken(token) ? invitations : verifierOf(token)).verify(token, address),
    close: () => byKeys.close(),
  }
}

function introspectionVerifier(configuration: TokenConfiguration, bulkheads: Bulkheads): BearerVerifier | undefined {
  const { introspectionUrl, introspectionClientId, introspectionClientSecret, tokenIssuer, tokenAudience } =
    configuration
  if (introspectionUrl === undefined) return undefined
  const questions = bulkheads.open('token-questions', tokenQuestionLimits)
  return new IntrospectionVerifier({
    endpoint: new URL(introspectionUrl),
    clientId: introspectionClientId ?? '',
    clientSecret: introspectionClientSecret?.reveal() ?? '',
    issuer: tokenIssuer ?? new URL(introspectionUrl).origin,
    audience: tokenAudience,
    claims: { accounts: configuration.tokenAccountsClaim, scope: configuration.tokenScopeClaim },
    clock: Date.now,
    limited: (address, ask) => questions.run(rateKey(address), ask),
  })
}

function embeddedVerifier(key: Uint8Array): BearerVerifier {
  const keys = localTokenKeys(new EmbeddedIssuer({ key, clock: Date.now }).publicJwks())
  return new JwtVerifier({ keys, issuer: embeddedIssuerName, audience: embeddedIssuerName, clock: Date.now })
}

/** In seconds. Timestamps have no fractions, and are refused beyond 300. */
const skewBuckets = [1, 2, 5, 10, 30, 60, 120, 180, 240, 300]

/**
 * How far callers' clocks are from ours, by the timestamps of rightly signed requests, also where they are refused: for
 * `OAuth1VerifierOptions`. Of forms that are refused for it, the app key exists.
 */
export function measureCallerClocks({ registry }: ServiceMetrics): (ms: number) => void {
  const skew = new SlotHistogram({
    name: 'caller_clock_skew_seconds',
    help: 'How far the timestamps of rightly signed requests are from the clock of this process, ahead or behind',
    buckets: skewBuckets,
    registry,
  }).series({})
  return (ms) => skew.observe(ms / 1_000)
}
