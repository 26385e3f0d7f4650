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
  parseConfiguration,
  targetSettings,
} from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { largestShareOf } from './call-limits.ts'

const acceptedKinds = z
  .enum(['oauth1', 'oauth1,bearer'], { error: 'must be oauth1, or oauth1,bearer' })
  .transform((text): readonly CredentialKind[] => (text === 'oauth1' ? ['oauth1'] : ['oauth1', 'bearer']))

/** A part of all: 0 to 1. */
const share = z
  .string()
  .refine((text) => /^(?:0|1|0\.\d{1,6}|1\.0{1,6})$/.test(text), 'must be from 0 to 1, such as 0.01')
  .transform(Number)

/** Every variable that forwarder-api reads. */
export const forwarderSettings = {
  ...commonSettings('FORWARDER_API', { service: 8_081, management: 9_081 }),
  ...targetSettings(),
  accountTtlMs: duration('ACCOUNT_TTL', {
    default: '5m',
    meaning: 'Maximum age of a cached account if change notices were lost; at most 5m.',
  }),
  staleLimitMs: duration('STALE_LIMIT', {
    default: '1h',
    meaning: 'How long cached accounts are used while the store can not be read; 0 turns it off.',
  }),
  cacheMiB: integer('CACHE_MIB', 8, 65_536, {
    example: '128',
    meaning:
      "Maximum memory for everything that is cached, in MiB: half of it accounts, half keys, chains, secrets and CAs. By default a third of V8's heap, at most 1024.",
  }),
  maxHotIdentities: integer('MAX_HOT_IDENTITIES', 1, 1_000_000, {
    meaning:
      'Maximum client certificates that keep connections, 139 KiB each. By default as many as the memory has room for, at most 20000.',
  }),
  unmappedCalls: choice('UNMAPPED_CALLS', ['plain', 'refuse'], {
    default: 'plain',
    meaning: 'How calls without a mapping are handled: plain (TLS without a client certificate), or refuse (403).',
  }),
  forwardAccepts: field('FORWARD_ACCEPTS', acceptedKinds, {
    default: 'oauth1',
    example: 'oauth1,bearer',
    meaning: 'The credentials that forward accepts: oauth1, or oauth1,bearer.',
  }),
  proxyEntry: boolean('PROXY_ENTRY', {
    default: 'false',
    meaning:
      'true: the service is also an HTTP proxy for http:// urls, which it calls by https:// (docs/callers.md). Clients send credentials in Proxy-Authorization.',
  }),
  compatibility: choice('COMPATIBILITY', ['none', 'liveperson'], {
    default: 'none',
    meaning:
      'liveperson: clients of the original API work unchanged. Forwards also accept Bearer tokens, a call that stops for want of a certificate gets 400 instead of 500, and check mapping answers false for what cannot be mapped (docs/compatibility.md).',
  }),
  maxCalls: integer('MAX_CALLS', 2, 1_000_000, {
    default: '4000',
    meaning: 'Maximum concurrent calls of all accounts. The last tenth is kept for accounts that have none in flight.',
  }),
  accountMaxCalls: integer('ACCOUNT_MAX_CALLS', 1, defaultConnectionSettings.connectionsPerTarget, {
    default: '200',
    meaning:
      'Maximum concurrent calls of one account; at most nine tenths of MAX_CALLS. One target gets as many as its account has left: half, if it is the only one.',
  }),
  accountCallQueue: integer('ACCOUNT_CALL_QUEUE', 0, 100_000, {
    default: '200',
    meaning:
      'Maximum calls of one account that wait in line for one of these to finish, divided between targets in the same way. Any further call is answered with 503.',
  }),
  accountQueueTimeoutMs: duration('ACCOUNT_QUEUE_TIMEOUT', {
    default: '2s',
    meaning: 'How long a call waits in line before it is answered with 503.',
  }),
  targetConnectTimeoutMs: duration('TARGET_CONNECT_TIMEOUT', {
    default: '10s',
    example: '10s',
    within: ['1s', '10m'],
    meaning: 'How long it may take to find the address of a target and connect to it; 1s to 10m, as the next three.',
  }),
  targetHandshakeTimeoutMs: duration('TARGET_HANDSHAKE_TIMEOUT', {
    default: '10s',
    example: '10s',
    within: ['1s', '10m'],
    meaning: 'How long a TLS handshake with a target may take.',
  }),
  targetAnswerTimeoutMs: duration('TARGET_ANSWER_TIMEOUT', {
    default: '60s',
    example: '60s',
    within: ['1s', '10m'],
    meaning: 'How long a target may take from the end of a request to the head of its answer.',
  }),
  targetBodyTimeoutMs: duration('TARGET_BODY_TIMEOUT', {
    default: '60s',
    example: '60s',
    within: ['1s', '10m'],
    meaning: 'How long a target may pause within the body of its answer.',
  }),
  traceContext: choice('TRACE_CONTEXT', ['pass', 'remove'], {
    default: 'pass',
    meaning:
      'What targets get of W3C Trace Context: pass (traceparent and tracestate, of the gateway where it is traced, else of the caller), or remove (neither, nor baggage).',
  }),
  targetStaleAddressesMs: duration('TARGET_STALE_ADDRESSES', {
    default: '10m',
    meaning: 'How long the last addresses of a target are used while name servers fail or are slow; 0 turns it off.',
  }),
  circuitFailures: integer('CIRCUIT_FAILURES', 0, 1_000, {
    default: '5',
    meaning:
      'How many calls in a row a target must fail before calls of the account to it are refused with 503; 0 turns that off.',
  }),
  circuitLongestPauseMs: duration('CIRCUIT_LONGEST_PAUSE', {
    default: '5s',
    meaning: 'Longest pause between two calls that find out whether such a target answers again. The first is 1s.',
  }),
  requireLpHash: boolean('REQUIRE_LP_HASH', {
    default: 'false',
    meaning: 'true: forwards with LP-* headers must have lp_hash, so that the signature covers them.',
  }),
  requireBodyHash: boolean('REQUIRE_BODY_HASH', {
    default: 'false',
    meaning:
      'true: signed forwards with a body that is not form-encoded must have oauth_body_hash, so that the signature covers the body.',
  }),
  sendRequestId: boolean('SEND_REQUEST_ID', {
    default: 'true',
    meaning: 'false: targets get no X-Request-Id from the gateway. One from the caller is passed on in any case.',
  }),
  callLog: choice('CALL_LOG', ['sampled', 'failures', 'off'], {
    default: 'sampled',
    meaning:
      'Which calls `mtls calls` can list: failures, sampled (and up to two successful calls a second of each account), or off.',
  }),
  logSuccessfulCalls: field('LOG_SUCCESSFUL_CALLS', share, {
    default: '1',
    example: '0.01',
    meaning:
      'The share of successful calls that are logged, from 0 (none) to 1 (all). Calls that fail are always logged.',
  }),
}

export type ForwarderConfiguration = Configuration<typeof forwarderSettings>

export type Compatibility = ForwarderConfiguration['compatibility']

/** The credentials that forward accepts. */
export function acceptedKindsOf({
  compatibility,
  forwardAccepts,
}: Pick<ForwarderConfiguration, 'compatibility' | 'forwardAccepts'>): readonly CredentialKind[] {
  return compatibility === 'liveperson' ? ['oauth1', 'bearer'] : forwardAccepts
}

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
