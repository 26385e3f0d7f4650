export * from './account.ts'
export * from './app-key-name.ts'
export * from './certificate-outcomes.ts'
export * from './certificate-status.ts'
export { idleVersion, isRequested, versionsOf } from './certificate-versions.ts'
export * from './coded-error.ts'
export * from './command.ts'
export * from './commands/activation.ts'
export * from './commands/app-keys.ts'
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
export * from './commands/key-use.ts'
export * from './commands/mappings.ts'
export * from './commands/previous-version.ts'
export * from './commands/settings.ts'
export * from './commands/staged-versions.ts'
export { previousNotFound, stagedNotFound, stagedPending, versionChanged } from './commands/version-errors.ts'
export { countDerElements } from './der-elements.ts'
export * from './error-codes.ts'
export { dueNotice, type ExpiryNotice } from './expiry-notice.ts'
export * from './explain-mapping.ts'
export { type IdempotencyMark, keyReused, refuseUsedKey } from './idempotency.ts'
export * from './ids.ts'
export * from './java-versions.ts'
export * from './known-texts.ts'
export * from './limits.ts'
export * from './lp-headers-hash.ts'
export { MappingIndex } from './mapping-index.ts'
export {
  caRecordId,
  type MappingTrust,
  namedCaRecords,
  parseServerName,
  parseSpkiPin,
  sharesCaCertificates,
  type TrustParts,
  trustKey,
} from './mapping-trust.ts'
export * from './mapping-url.ts'
export * from './maybe-promise.ts'
export type { NearMiss, NearMissDifference } from './near-misses.ts'
export type { Precondition } from './precondition.ts'
export * from './probe-plan.ts'
export * from './probe-record.ts'
export * from './request-key-types.ts'
export * from './scopes.ts'
export * from './services.ts'
export * from './settings.ts'
export { shuttingDown } from './shutting-down.ts'
export {
  maxTargetUrlBytes,
  type ParsedTargetUrl,
  parseTargetUrl,
  type TargetUrl,
} from './target-url.ts'
export * from './text-rules.ts'
export * from './usage-subjects.ts'
export * from './warning-codes.ts'
