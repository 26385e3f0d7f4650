export {
  AddressLookup,
  type AddressSource,
  lookUpLimits,
  type StaleAddresses,
} from './addresses/address-lookup.ts'
export { hostsFile } from './addresses/name-servers.ts'
export {
  defaultTargetPorts,
  refusedTargetRanges,
  TargetAddressRules,
  TargetGuard,
  type TargetGuardOptions,
} from './addresses/target-guard.ts'
export { AuthorityRequests } from './authority-requests.ts'
export { connectionMemoryLimits, connectionPlaceLimits } from './connect/connection-places.ts'
export { defaultConnectionSettings } from './connect/connection-settings.ts'
export { handshakeLimits, targetCostLimits } from './connect/event-loop-shares.ts'
export { type ConnectionWatch, OpeningTimes, openingPhases } from './connect/opening-times.ts'
export type { EgressProxy } from './connect/proxy-tunnel.ts'
export { isDeadReusedConnection } from './failures/connection-facts.ts'
export {
  explainTransportError,
  isTargetDown,
  isTargetThere,
  type TransportFailure,
} from './failures/explain-transport-error.ts'
export { isAboutCertificate } from './failures/tls-failures.ts'
export { isTransportError, TransportError } from './failures/transport-error.ts'
export { type TransportCode, transportCodes } from './failures/transport-sentences.ts'
export type { AnswerHandler, Exchange, HttpVersion, TargetAnswer } from './http1/exchange.ts'
export { bodyLength } from './http1/request-writer.ts'
export type { AccountIdentity, VersionedCredentials } from './identities/connection-identity.ts'
export { knownCiphers, knownGroups } from './identities/target-tls.ts'
export {
  createTargetTrust,
  inheritedCa,
  mappingTargetTrust,
  type TargetTrust,
  type TargetTrustSettings,
} from './identities/target-trust.ts'
export { callOverKept } from './pools/kept-call.ts'
export { hotIdentityBytes, hotIdentityHeapBytes, type IdentityStats, identityLimits } from './pools/open-identities.ts'
export { UpstreamPools } from './pools/upstream-pools.ts'
export { callTarget } from './probe/call.ts'
export { type TargetAccess, TargetAccessCheck } from './probe/target-access.ts'
export type { SentCertificate, TargetChain } from './probe/target-chain.ts'
export { type ProbedTarget, TargetProbes, unprobedTarget } from './probe/target-probes.ts'
export { type TracedCallReport, TracedCalls } from './probe/traced-calls.ts'
export { signedMessageHeaders } from './signed-message.ts'
