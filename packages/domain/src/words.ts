/** What the wire shares with the domain: lists of words, limits and rules, without anything that only Node has. */

export {
  type ApprovalAction,
  type ApprovalState,
  approvalActions,
  approvalStates,
  type GuardedAction,
  guardedActions,
  maxApprovalDays,
  maxApprovalReason,
  maxApprovers,
  minEmergencyReason,
} from './account/approval-words.ts'
export { findInChain } from './account/audit-chain.ts'
export {
  defaultNoticeShares,
  maxNoticeShares,
  maxNotices,
  type NoticeChannelName,
  type NoticeEventType,
  noticeChannels,
  noticeEventTypes,
} from './account/notice-words.ts'
export {
  type SigningAlgorithm,
  type SigningKeyState,
  type SigningKeyUse,
  signingAlgorithms,
  signingKeyStates,
  signingKeyUses,
} from './account/signing-key-words.ts'
export { defaultAppKeyScopes, invitableScopes, type Scope, scopes } from './callers/scopes.ts'
export { type CertificateOutcome, certificateOutcomes } from './certificates/certificate-outcomes.ts'
export { type JavaVersion, javaVersions } from './certificates/java-versions.ts'
export {
  type PlanState,
  type PlanStep,
  type PlanWait,
  planPromotions,
  planRenewAt,
  planRollBacks,
  planStates,
  planSteps,
  planTests,
  planWaits,
} from './certificates/renewal-plan.ts'
export { type RequestKeyType, requestKeyTypes } from './certificates/request-key-types.ts'
export { type RevocationSource, revocationSources } from './certificates/revocation.ts'
export { type VersionDifferenceCode, versionDifferenceCodes } from './certificates/version-difference-codes.ts'
export { type WarningCode, warningCodes } from './certificates/warning-codes.ts'
export { type DocumentAction, type DocumentKind, documentActions, documentKinds } from './declared/document-words.ts'
export { type ErrorCode, errorCodes } from './errors/error-codes.ts'
export {
  maxAppKeys,
  maxHandoverDays,
  maxHandoverMappings,
  maxHandoverNoteLength,
  maxHandovers,
  maxHandoversOfCertificate,
  maxInvitationDays,
  maxInvitations,
  maxProbedUrls,
  maxSigningKeys,
  maxTrusts,
} from './limits/limits.ts'
export { maxNameLength } from './limits/text-rules.ts'
export { type TlsVersion, tlsVersions } from './mappings/mapping-tls.ts'
export {
  algorithmsOfScheme,
  type DigestAlgorithm,
  digestAlgorithms,
  maxSignedBodyBytes,
  type SignatureAlgorithm,
  type SignatureScheme,
  signatureAlgorithms,
  signatureSchemes,
} from './mappings/message-signature.ts'
export {
  type AssertionAudience,
  assertionAudiences,
  type ClientAuthMethod,
  clientAuthMethods,
  needsClientSecret,
} from './mappings/target-auth.ts'
export { maxTargetUrlBytes } from './mappings/target-url.ts'
export { type NearMissDifference, nearMissDifferences } from './queries/near-misses.ts'
