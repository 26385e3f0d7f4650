import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type {
  ChangeFeed,
  Leases,
  NonceStore,
  Outcomes,
  Presence,
  RateCounter,
  RecentCalls,
  Usage,
} from '@mtls-gateway/coordination'
import type { Issuers, OpenedIssuers } from '@mtls-gateway/issuance'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { type EgressProxies, type Log, type ServiceMetrics, token } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'

/** The pool that reads and changes of accounts share. */
export const ACCOUNT_READS = token<Bulkhead>('account-reads')
export const CHANGE_FEED = token<ChangeFeed>('ChangeFeed')
export const CALLS = token<RecentCalls>('RecentCalls')
export const CONFIGURATION = token<ConfigApiConfiguration>('ConfigApiConfiguration')
/** Undefined: no account has one. */
export const EGRESS_PROXIES = token<EgressProxies | undefined>('EgressProxies')
/** From whom certificates can be ordered. */
export const ISSUERS = token<Issuers>('Issuers')
/** Counts attempts to open or answer a handover, by address. */
export const HANDOVER_OPENINGS = token<RateCounter>('handover-openings')
export const LEASES = token<Leases>('Leases')
export const LOG = token<Log>('Log')
export const METRICS = token<ServiceMetrics>('ServiceMetrics')
export const NONCES = token<NonceStore>('NonceStore')
/** The same, with what operators and CAs ask of them. */
export const OPENED_ISSUERS = token<OpenedIssuers>('OpenedIssuers')
export const OUTCOMES = token<Outcomes>('Outcomes')
export const PRESENCE = token<Presence>('Presence')
/** Counts attempts to redeem an invitation, by address. */
export const REDEMPTIONS = token<RateCounter>('redemptions')
export const STORE = token<SecretStore>('SecretStore')
export const USAGE = token<Usage>('Usage')
