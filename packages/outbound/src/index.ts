export type { AddressLookupOptions, StaleAddresses } from './addresses/address-lookup.ts'
export { AddressLookup, type AddressSource, lookUpLimits } from './addresses/address-lookup.ts'
export { hostsFile } from './addresses/hosts-file.ts'
export {
  defaultTargetPorts,
  refusedTargetRanges,
  TargetAddressRules,
  TargetGuard,
  type TargetGuardOptions,
} from './addresses/target-guard.ts'
export { connectionMemoryLimits, connectionPlaceLimits } from './connect/connection-places.ts'
export { type ConnectionSettings, defaultConnectionSettings } from './connect/connection-settings.ts'
export { handshakeLimits, targetCostLimits } from './connect/event-loop-shares.ts'
export { GuardedAgent, type GuardedAgentOptions } from './connect/guarded-agent.ts'
export type { Handshake, TargetCertificate } from './connect/handshake.ts'
export type { ConnectionWatch } from './connect/opening-times.ts'
export { type OpeningPhases, OpeningTimes, openingPhases } from './connect/opening-times.ts'
export { isDeadReusedConnection, type TransportPhase } from './failures/connection-facts.ts'
export {
  explainTransportError,
  isTargetDown,
  isTargetThere,
  type TransportFailure,
} from './failures/explain-transport-error.ts'
export { isTransportError, TransportError } from './failures/transport-error.ts'
export { type TransportCode, transportCodes } from './failures/transport-sentences.ts'
export type {
  AnswerHandler,
  Exchange,
  HttpVersion,
  TargetAnswer,
  TargetRequest,
} from './http1/exchange.ts'
export type {
  AccountIdentity,
  ClientCredentials,
  ConnectionIdentity,
  VersionedCredentials,
} from './identities/connection-identity.ts'
export {
  createTargetTrust,
  inheritedCa,
  mappingTargetTrust,
  type TargetTrust,
  type TargetTrustSettings,
} from './identities/target-trust.ts'
export {
  hotIdentityBytes,
  hotIdentityHeapBytes,
  type IdentitiesInUse,
  type IdentityStats,
  identityLimits,
  type UpstreamStats,
} from './pools/open-identities.ts'
export { UpstreamPools, type UpstreamPoolsOptions } from './pools/upstream-pools.ts'
export { callTarget, makeTracedCall, type TargetCall, type TargetCallReport } from './probe/call.ts'
export {
  lookedIntoBytes,
  lookInto,
  type ProbedTarget,
  type ProbeRefusal,
  type TargetProbeRequest,
  TargetProbes,
  type TargetProbesOptions,
  unprobedTarget,
} from './probe/target/target-probes.ts'
export { type TargetAccess, TargetAccessCheck, type TargetAccessOptions } from './probe/target-access.ts'
export type { SentCertificate, TargetChain } from './probe/target-chain.ts'
export type { HandshakeTrace, TlsAlert } from './probe/trace/handshake-trace.ts'
export {
  maxTraceBytes,
  type TracedCallReport,
  TracedCalls,
  type TracedCallsOptions,
  tracedCallReport,
} from './probe/traced-call/traced-calls.ts'
export type { CertificateVerdict } from './probe/verdict/certificate-verdict.ts'
