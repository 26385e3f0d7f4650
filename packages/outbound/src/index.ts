export { AddressLookup, type AddressSource, lookUpLimits } from './addresses/address-lookup.ts'
export type { AddressLookupOptions, StaleAddresses } from './addresses/address-lookup-options.ts'
export { hostsFile } from './addresses/hosts-file.ts'
export { connectionPlaceLimits } from './connect/connection-places.ts'
export { type ConnectionSettings, defaultConnectionSettings } from './connect/connection-settings.ts'
export type { ConnectionWatch } from './connect/connection-watch.ts'
export { GuardedAgent, type GuardedAgentOptions } from './connect/guarded-agent.ts'
export type { Handshake, TargetCertificate } from './connect/handshake.ts'
export type { ExtraBytes } from './connect/kept-memory.ts'
export { type OpeningPhases, OpeningTimes, openingPhases } from './connect/opening-times.ts'
export { isDeadReusedConnection } from './failures/connection-facts.ts'
export { explainTransportError, type TransportFailure } from './failures/explain-transport-error.ts'
export { isTargetDown, isTargetThere } from './failures/target-down.ts'
export { type TransportCode, transportCodes } from './failures/transport-codes.ts'
export { isTransportError, TransportError, type TransportPhase } from './failures/transport-error.ts'
export { refusedTargetRanges, TargetAddressRules } from './guard/target-address-rules.ts'
export { defaultTargetPorts, TargetGuard, type TargetGuardOptions } from './guard/target-guard.ts'
export type {
  AccountIdentity,
  ClientCredentials,
  ConnectionIdentity,
  VersionedCredentials,
} from './identities/connection-identity.ts'
export { contextLimits } from './identities/tls-contexts.ts'
export { hotIdentityBytes, hotIdentityHeapBytes, identityLimits } from './pools/identity-room.ts'
export type { IdentitiesInUse, IdentityStats, UpstreamStats } from './pools/open-identities.ts'
export { UpstreamPools, type UpstreamPoolsOptions } from './pools/upstream-pools.ts'
export { callTarget, type TargetCall, type TargetCallReport } from './probe/call.ts'
export { lookedIntoBytes, lookInto } from './probe/target/look-into.ts'
export {
  type ProbedTarget,
  type ProbeRefusal,
  type TargetProbeRequest,
  TargetProbes,
  type TargetProbesOptions,
} from './probe/target/target-probes.ts'
export { unprobedTarget } from './probe/target/unprobed-target.ts'
export { type TargetAccess, TargetAccessCheck, type TargetAccessOptions } from './probe/target-access.ts'
export type { SentCertificate, TargetChain } from './probe/target-chain.ts'
export type { HandshakeTrace, TlsAlert } from './probe/trace/handshake-trace.ts'
export { makeTracedCall } from './probe/traced-call/make-traced-call.ts'
export { maxTraceBytes, type TracedCallReport, tracedCallReport } from './probe/traced-call/traced-call-report.ts'
export { TracedCalls, type TracedCallsOptions } from './probe/traced-call/traced-calls.ts'
export type { CertificateVerdict } from './probe/verdict/certificate-verdict.ts'
export { inheritedCa } from './trust/inherited-ca.ts'
export {
  createTargetTrust,
  mappingTargetTrust,
  type TargetTrust,
  type TargetTrustSettings,
} from './trust/target-trust.ts'
export { handshakeLimits } from './turns/event-loop-turns.ts'
export type { TargetAnswer } from './upstream/answer-collector.ts'
export type { AnswerHandler, Exchange, HttpVersion, TargetRequest } from './upstream/exchange.ts'
export type { Upstream, Upstreams } from './upstream/upstream.ts'
