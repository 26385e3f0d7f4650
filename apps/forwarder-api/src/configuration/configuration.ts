import { defaultConnectionSettings } from '@mtls-gateway/outbound'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import {
  boolean,
  type Configuration,
  type ConfigurationRule,
  choice,
  commonRules,
  commonSettings,
  duration,
  type Environment,
  field,
  integer,
  optional,
  parseConfiguration,
  targetSettings,
} from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { largestShareOf } from './call-limits.ts'

const acceptedKinds = z
  .enum(['oauth1', 'oauth1,bearer'], { error: 'must be oauth1, or oauth1,bearer' })
  .transform((text): readonly CredentialKind[] => (text === 'oauth1' ? ['oauth1'] : ['oauth1', 'bearer']))

/** Every variable that forwarder-api reads. */
export const forwarderSettings = {
  ...commonSettings('FORWARDER_API', { service: 8_081, management: 9_081 }),
  ...targetSettings(),
  accountTtlMs: duration('ACCOUNT_TTL', {
    default: '5m',
    meaning: 'How old a cached account may be where its change notices were lost; at most 5m.',
  }),
  staleLimitMs: duration('STALE_LIMIT', {
    default: '1h',
    meaning: 'How long cached accounts go on serving while the store can not be read; 0 turns it off.',
  }),
  cacheMiB: integer('CACHE_MIB', 8, 65_536, {
    default: '256',
    meaning: 'The most memory for cached accounts, and as much again for keys and chains, in MiB.',
  }),
  maxHotIdentities: optional(
    integer('MAX_HOT_IDENTITIES', 1, 1_000_000, {
      meaning:
        'Client certificates that keep connections at once, 139 KiB each; without it, as many as a third of the memory takes, at most 20000.',
    }),
  ),
  unmappedCalls: choice('UNMAPPED_CALLS', ['plain', 'refuse'], {
    default: 'plain',
    meaning: 'What becomes of a call without a mapping: plain TLS, or refuse it with 403.',
  }),
  forwardAccepts: field('FORWARD_ACCEPTS', acceptedKinds, {
    default: 'oauth1',
    example: 'oauth1,bearer',
    meaning: 'The credentials that forward takes: oauth1, or oauth1,bearer.',
  }),
  maxCalls: integer('MAX_CALLS', 2, 1_000_000, {
    default: '4000',
    meaning: 'Maximum concurrent calls of all accounts. The last tenth is kept for accounts that have none in flight.',
  }),
  accountMaxCalls: integer('ACCOUNT_MAX_CALLS', 1, defaultConnectionSettings.connectionsPerTarget, {
    default: '200',
    meaning: 'Maximum concurrent calls of one account; at most nine tenths of MAX_CALLS.',
  }),
  accountCallQueue: integer('ACCOUNT_CALL_QUEUE', 0, 100_000, {
    default: '200',
    meaning: 'Calls of one account that wait, in order, for one of these to end; one more is answered with 503.',
  }),
  accountQueueTimeoutMs: duration('ACCOUNT_QUEUE_TIMEOUT', {
    default: '2s',
    meaning: 'How long a call waits there before it is answered with 503.',
  }),
  requireLpHash: boolean('REQUIRE_LP_HASH', {
    default: 'false',
    meaning: 'true: a forward must have lp_hash, which puts the LP-* headers under the signature.',
  }),
  requireBodyHash: boolean('REQUIRE_BODY_HASH', {
    default: 'false',
    meaning:
      'true: a signed forward with a body that is not form-encoded must have oauth_body_hash, which puts the body under the signature.',
  }),
}

export type ForwarderConfiguration = Configuration<typeof forwarderSettings>

const maxAccountTtlMs = 300_000

/** Clients are promised that nothing is older (docs/propagation.md). */
const accountTtlBound: ConfigurationRule<ForwarderConfiguration> = ({ accountTtlMs }) => {
  if (accountTtlMs === undefined || (accountTtlMs > 0 && accountTtlMs <= maxAccountTtlMs)) return []
  const { variable, example } = forwarderSettings.accountTtlMs
  return [{ variable, problem: 'must be above 0 and at most 5m', example }]
}

/** A larger share would leave no reserve for other accounts. */
const accountShareBound: ConfigurationRule<ForwarderConfiguration> = (configuration) => {
  const { maxCalls, accountMaxCalls, accountCallQueue } = configuration
  if (maxCalls === undefined) return []
  const most = largestShareOf(maxCalls)
  const faults = [
    { setting: forwarderSettings.accountMaxCalls, value: accountMaxCalls },
    { setting: forwarderSettings.accountCallQueue, value: accountCallQueue },
  ].filter(({ value }) => value !== undefined && value > most)
  return faults.map(({ setting: { variable, example } }) => ({
    variable,
    problem: `must be at most nine tenths of MAX_CALLS (${most})`,
    example,
  }))
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readConfiguration(environment: Environment): ForwarderConfiguration {
  return parseConfiguration(forwarderSettings, environment, [
    ...commonRules(forwarderSettings),
    accountTtlBound,
    accountShareBound,
  ])
}
