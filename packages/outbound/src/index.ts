export {
  AddressLookup,
  type AddressLookupOptions,
  type AddressSource,
  lookUpLimits,
} from './addresses/address-lookup.ts'
export { hostsFile } from './addresses/hosts-file.ts'
export type { TargetAnswer } from './answer-collector.ts'
export { callTarget, type TargetCall, type TargetCallReport } from './call.ts'
export { callerLimits } from './caller-room.ts'
export { hotIdentityBytes } from './caller-weight.ts'
export type { CallerStats, CallersInUse, DispatcherStats } from './callers.ts'
export type { ClientCredentials, ClientIdentity, ConnectionCaller, TargetCaller } from './client-identity.ts'
export { isDeadReusedConnection } from './connection-facts.ts'
export { connectionPlaceLimits } from './connection-places.ts'
export { type ConnectionSettings, defaultConnectionSettings } from './connection-settings.ts'
export { Dispatchers, type DispatchersOptions } from './dispatchers.ts'
export { GuardedAgent, type GuardedAgentOptions } from './guarded-agent.ts'
export type { Handshake, TargetCertificate } from './handshake.ts'
export type { AnswerHandler, Exchange, HttpVersion, TargetRequest } from './http1/exchange.ts'
export type { TargetPool } from './http1/target-pool.ts'
export { inheritedCa } from './inherited-ca.ts'
export type { ExtraBytes } from './kept-memory.ts'
export { type TargetAccess, TargetAccessCheck, type TargetAccessOptions } from './target-access.ts'
export { refusedTargetRanges, TargetAddressRules } from './target-address-rules.ts'
export { defaultTargetPorts, TargetGuard, type TargetGuardOptions } from './target-guard.ts'
export { createTargetTrust, mappingTargetTrust, type TargetTrust, type TargetTrustSettings } from './target-trust.ts'
export { contextLimits } from './tls-contexts.ts'
export type { HandshakeTrace, TlsAlert } from './traced/handshake-trace.ts'
export { makeTracedCall } from './traced/make-traced-call.ts'
export { maxTraceBytes, type TracedCallReport, tracedCallReport } from './traced/traced-call-report.ts'
export { TracedCalls, type TracedCallsOptions } from './traced/traced-calls.ts'
export { type TransportCode, transportCodes } from './transport-codes.ts'
export { isTransportError, TransportError, type TransportPhase } from './transport-error.ts'
export { explainTransportError, type TransportFailure } from './transport-errors.ts'
export { lookedIntoBytes, lookInto } from './trial/look-into.ts'
export {
  type TargetTrial,
  TargetTrials,
  type TargetTrialsOptions,
  type TrialRefusal,
  type TrialRequest,
} from './trial/target-trials.ts'
export { untriedTrial } from './trial/untried-trial.ts'
export { handshakeLimits } from './turns/event-loop-turns.ts'
export type { CertificateVerdict } from './verdict/certificate-verdict.ts'
