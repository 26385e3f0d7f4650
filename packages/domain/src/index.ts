export * from './account/account.ts'
export type { AppKey } from './account/app-key.ts'
export {
  type ApprovalRequest,
  type ApprovalRule,
  approvalState,
  isKeptForApproval,
  isOpen,
  openApprovals,
  usualApprovalRule,
} from './account/approval-request.ts'
export * from './account/approval-words.ts'
export * from './account/audit-chain.ts'
export type { Change } from './account/change.ts'
export type { ChangeAction } from './account/change-action.ts'
export * from './account/command.ts'
export * from './account/handover.ts'
export { type IdempotencyMark, keyReused, refuseUsedKey } from './account/idempotency.ts'
export * from './account/invitation.ts'
export * from './account/notice-recipients.ts'
export * from './account/notice-words.ts'
export type { Precondition } from './account/precondition.ts'
export * from './account/settings.ts'
export * from './account/signing-key.ts'
export * from './account/signing-key-words.ts'
export type { ApprovalContent, ContentElement } from './approvals/approval-content.ts'
export { guardedEffects } from './approvals/guarded-effects.ts'
export * from './callers/app-key-name.ts'
export * from './callers/digests.ts'
export * from './callers/lp-headers-hash.ts'
export * from './callers/scopes.ts'
export * from './callers/services.ts'
export * from './callers/timestamp-window.ts'
export * from './certificates/certificate.ts'
export * from './certificates/certificate-outcomes.ts'
export * from './certificates/certificate-status.ts'
export { idleVersion, isRequested, uploadedVersion, versionsOf } from './certificates/certificate-versions.ts'
export { countDerElements } from './certificates/der-elements.ts'
export type { ExpiryNotice, ToldExpiry } from './certificates/expiry-notice.ts'
export * from './certificates/java-versions.ts'
export {
  firstToEnd,
  type PresentableVersion,
  presentableVersions,
  presentedVersion,
} from './certificates/presented-version.ts'
export * from './certificates/probe-record.ts'
export * from './certificates/renewal-plan.ts'
export * from './certificates/request-key-types.ts'
export * from './certificates/revocation.ts'
export * from './certificates/version-difference-codes.ts'
export * from './certificates/version-differences.ts'
export * from './certificates/warning-codes.ts'
export * from './commands/activation.ts'
export * from './commands/app-keys.ts'
export {
  type Approval,
  approvalRefusal,
  approveRequest,
  contentOf,
  type Decider,
  findRequest,
  isApprover,
  isAsker,
  isOutdated,
  refuseRequest,
} from './commands/approvals.ts'
export { type AskedForApproval, askForApproval } from './commands/ask-for-approval.ts'
export { type CertificateChanged, findCertificate } from './commands/certificate-change.ts'
export * from './commands/certificate-requests.ts'
export {
  type CertificateReplacement,
  certificateNotFound,
  certificatePending,
  createCertificates,
  deleteCertificate,
  type NewCertificate,
  type Outcome,
  refuseTakenName,
  replaceCertificates,
} from './commands/certificates.ts'
export { type EntryFault, entryFaults } from './commands/entry-faults.ts'
export * from './commands/expiry-notices.ts'
export * from './commands/handovers.ts'
export * from './commands/invitations.ts'
export * from './commands/key-use.ts'
export {
  type MappingInPromotion,
  namedMappings,
  noteRefusal,
  type PromotionProgress,
  promoteMappings,
  promotionProgress,
  type RefusedVersion,
  rollBackMappings,
} from './commands/mapping-promotion.ts'
export * from './commands/mappings.ts'
export { auditedActor } from './commands/next-account.ts'
export * from './commands/notices.ts'
export * from './commands/plans.ts'
export * from './commands/previous-version.ts'
export * from './commands/revocations.ts'
export * from './commands/settings.ts'
export {
  activateSigningKey,
  createSigningKey,
  deleteSigningKey,
  type NewSigningKey,
  refuseTooManySigningKeys,
} from './commands/signing-keys.ts'
export * from './commands/staged-versions.ts'
export * from './commands/trusts.ts'
export { previousNotFound, stagedNotFound, stagedPending, versionChanged } from './commands/version-errors.ts'
export {
  applyDocument,
  compareDocument,
  type DocumentApplied,
  type DocumentCompared,
  type DocumentOptions,
  viewDeclaredAppKey,
} from './declared/apply-document.ts'
export { faultOfError } from './declared/compare-mappings.ts'
export * from './declared/declared-document.ts'
export {
  planChoicesOf,
  type ViewFacts,
  viewDeclaredCertificate,
  viewDeclaredMapping,
  viewDeclaredSettings,
} from './declared/declared-view.ts'
export { type DocumentChange, type DocumentFault, throwDocumentFaults } from './declared/document-difference.ts'
export * from './declared/document-words.ts'
export * from './errors/coded-error.ts'
export * from './errors/error-codes.ts'
export * from './errors/newer-format.ts'
export * from './errors/refusal.ts'
export * from './identifiers/ids.ts'
export * from './identifiers/usage-subjects.ts'
export * from './limits/limits.ts'
export { readableTime } from './limits/readable-time.ts'
export * from './limits/text-rules.ts'
export { caRecordId, namedCaRecords, sharesCaCertificates, type TrustingAccount } from './mappings/ca-records.ts'
export { type Mapping, type MappingPreparation, type MappingPromotion, usesCertificate } from './mappings/mapping.ts'
export { MappingIndex } from './mappings/mapping-index.ts'
export { type MappingTls, offeredTlsVersions, tlsGroups, tlsKey } from './mappings/mapping-tls.ts'
export {
  type MappingTrust,
  parseServerName,
  parseSpkiPin,
  type TrustParts,
  trustKey,
} from './mappings/mapping-trust.ts'
export * from './mappings/mapping-url.ts'
export * from './mappings/message-signature.ts'
export * from './mappings/target-auth.ts'
export {
  maxTargetUrlBytes,
  type ParsedTargetUrl,
  parseTargetUrl,
  type TargetUrl,
} from './mappings/target-url.ts'
export * from './mappings/trust-list.ts'
export { dueNotice, dueShares } from './queries/due-notice.ts'
export * from './queries/explain-mapping.ts'
export * from './queries/fleet.ts'
export type { NearMiss, NearMissDifference } from './queries/near-misses.ts'
export {
  isOfPlan,
  type PlanPosition,
  type PlanStanding,
  planPosition,
  planStanding,
  planSubject,
} from './queries/plan-position.ts'
export { type PlannedUrl, type ProbePlan, planProbe } from './queries/probe-plan.ts'
export { type TargetVerdict, targetVerdicts } from './queries/target-verdicts.ts'
export { trialMapping } from './queries/trial-mapping.ts'
export * from './queries/watched-promotions.ts'
