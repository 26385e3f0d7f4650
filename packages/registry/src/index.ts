export { AccountReader, type AccountReaderOptions, type Doubt } from './account-reader.ts'
export type { AccountSnapshot } from './account-snapshot.ts'
export { AccountWriter, type AccountWriterOptions, type Changed } from './account-writer.ts'
export { AppSecretReader, type AppSecretReaderOptions } from './app-secret-reader.ts'
export { CaCertificateReader, type CaCertificateReaderOptions } from './ca-certificate-reader.ts'
export type { RegistryLogger } from './change-announcer.ts'
export type { ChangeTurn, ChangeTurns } from './change-turns.ts'
export { type Clock, systemClock } from './clock.ts'
export { type Identity, IdentityReader, type IdentityReaderOptions, type IdentityVersion } from './identity-reader.ts'
export { type MacKeyRecord, type MacKeys, readMacKeys, readOrMakeMacKeys } from './mac-keys.ts'
export { type AuditRetentionOptions, purgeOldAudit } from './maintenance/audit-retention.ts'
export {
  type CollectedKind,
  collectedKinds,
  collectGarbage,
  type GarbageCollectionOptions,
  type GarbageReport,
} from './maintenance/garbage-collection.ts'
export { listAccounts } from './maintenance/inventory.ts'
export {
  type MigrationOptions,
  type MigrationReport,
  migrate,
} from './maintenance/migration.ts'
export { ownChange } from './own-change.ts'
export type { ReaderEvent } from './reader-event.ts'
export { newRecordId } from './record-ids.ts'
export { readRecord } from './record-reader.ts'
export type { RecordName } from './record-writer.ts'
export type { AuditRecord, ChainRecord, KeyRecord, RecordValues, SharedSecretRecord } from './records.ts'
export { RevisionAnnouncer, type RevisionAnnouncerOptions } from './revision-announcer.ts'
export { TimeSlices } from './time-slices.ts'
export { recordsOfVersion } from './version-records.ts'
