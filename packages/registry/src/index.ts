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
export type { RegistryLogger } from './failures/store-failure.ts'
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
export { type MacKeyRecord, type MacKeys, readMacKeys, readOrMakeMacKeys } from './records/mac-keys.ts'
export { readRecord } from './records/read-record.ts'
export {
  AppSecretReader,
  CaCertificateReader,
  type Identity,
  IdentityReader,
  type IdentityVersion,
} from './records/record-reader.ts'
export { RecordRoom } from './records/record-room.ts'
export { type RecordName, recordsOfVersion } from './records/record-writer.ts'
export {
  type AuditRecord,
  type ChainRecord,
  type KeyRecord,
  newRecordId,
  type RecordValues,
  type SharedSecretRecord,
} from './records/records.ts'
export { type Clock, systemClock } from './time/clock.ts'
export type { OlderAccount } from './write/account-store.ts'
export {
  AccountWriter,
  type AccountWriterOptions,
  type Changed,
  type ChangeRecords,
  type ChangeTurn,
  type ChangeTurns,
  ownChange,
  type TurnWork,
} from './write/account-writer.ts'
