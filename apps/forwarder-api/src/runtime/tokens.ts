import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { CallRecorder, InstanceIdentity, NonceStore, Presence, RateCounter } from '@mtls-gateway/coordination'
import { type Backends, type EgressProxies, type Log, type ServiceMetrics, token } from '@mtls-gateway/service-kit'
import type { ForwarderConfiguration } from '../configuration/configuration.ts'
import type { ForwarderMemory } from './forwarder-memory.ts'

/** Undefined: recent calls are not recorded. */
export const CALL_RECORDER = token<CallRecorder | undefined>('CallRecorder')
export const CONFIGURATION = token<ForwarderConfiguration>('ForwarderConfiguration')
/** Undefined: no account has one. */
export const EGRESS_PROXIES = token<EgressProxies | undefined>('EgressProxies')
export const IDENTITY = token<InstanceIdentity>('InstanceIdentity')
export const LOG = token<Log>('Log')
export const MEMORY = token<ForwarderMemory>('ForwarderMemory')
export const METRICS = token<ServiceMetrics>('ServiceMetrics')
export const NONCES = token<NonceStore>('NonceStore')
export const PRESENCE = token<Presence>('Presence')
export const RATES = token<RateCounter>('RateCounter')
/** Memory for bodies that are read whole, in bytes. */
export const REQUEST_BODIES = token<Bulkhead>('RequestBodies')
export const STORE = token<Backends['store']>('SecretStore')
