export type { ChangeQuery } from './audit/audit-trail.ts'
export { EpochWatch, type EpochWatchOptions } from './epoch/epoch-watch.ts'
export {
  type BeginEpochOptions,
  beginEpoch,
  epochAccount,
  epochBeganAt,
  noticeOfEpoch,
  readEpoch,
  readOrBeginEpoch,
  type StoreEpoch,
} from './epoch/store-epoch.ts'
export type { RegistryLogger } from './failures/registry-logger.ts'
export { type AuditRetentionOptions, purgeOldAudit } from './maintenance/audit-retention.ts'
export {
  type CollectedKind,
  collectedKinds,
  collectGarbage,
  type GarbageCollectionOptions,
  type GarbageReport,
} from './maintenance/garbage-collection.ts'
export { listAccounts } from './maintenance/inventory.ts'
export { findLostChanges, type LostAccount, type LostChanges, type ValidAgain } from './maintenance/lost-changes.ts'
export {
  type MigrationOptions,
  type MigrationReport,
  migrate,
} from './maintenance/migration.ts'
export type { CacheState } from './read/account-copies.ts'
export {
  AccountReader,
  type AccountReaderOptions,
  type ReaderEvent,
  type RevalidationReason,
  type Staleness,
} from './read/account-reader.ts'
export type { AccountSnapshot } from './read/account-snapshot.ts'

export { RevisionAnnouncer, type RevisionAnnouncerOptions } from './read/revision-announcer.ts'
export { AppSecretReader } from './records/app-secret-reader.ts'
export { CaCertificateReader } from './records/ca-certificate-reader.ts'
export {
  type Identity,
  IdentityReader,
  type IdentityVersion,
} from './records/identity-reader.ts'
export { type MacKeyRecord, type MacKeys, readMacKeys, readOrMakeMacKeys } from './records/mac-keys.ts'
export { readRecord } from './records/read-record.ts'
export { newRecordId } from './records/record-ids.ts'
export { RecordRoom } from './records/record-room.ts'
export { type RecordName, recordsOfVersion } from './records/record-writer.ts'
export type { AuditRecord, ChainRecord, KeyRecord, RecordValues, SharedSecretRecord } from './records/records.ts'
export { type Clock, systemClock } from './time/clock.ts'
export type { OlderAccount } from './write/account-store.ts'
export { AccountWriter, type AccountWriterOptions, type Changed } from './write/account-writer.ts'
export type { ChangeRecords } from './write/change-records.ts'
export type { ChangeTurn, ChangeTurns, TurnWork } from './write/change-turns.ts'
export { ownChange } from './write/own-change.ts'
