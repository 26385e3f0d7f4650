export type { ChangeQuery } from './audit-trail.ts'
export { type Clock, systemClock } from './clock.ts'
export { listAccounts } from './inventory.ts'
export { type CheckedAudit, checkAudit } from './maintenance/audit-check.ts'
export { collectedKinds, collectGarbage, type GarbageReport, purgeOldAudit } from './maintenance/garbage-collection.ts'
export { findLostChanges, type LostChanges, type ValidAgain } from './maintenance/lost-changes.ts'
export { type MigrationReport, migrate } from './maintenance/migration.ts'
export type { CacheState } from './read/account-copies.ts'
export { AccountReader, type ReaderEvent, type Staleness } from './read/account-reader.ts'
export type { AccountSnapshot } from './read/account-snapshot.ts'
export { PublishedKeyReader } from './read/published-keys.ts'
export { readMacKeys, readOrMakeMacKeys } from './records/mac-keys.ts'
export { AppSecretReader, CaCertificateReader, IdentityReader, TargetSecretReader } from './records/record-reader.ts'
export { type RecordName, recordsOfVersion } from './records/record-writer.ts'
export { type ChainRecord, type IssuerCaRecord, newRecordId, readRecord } from './records/records.ts'
export {
  beginEpoch,
  EpochWatch,
  epochBeganAt,
  noticeOfEpoch,
  readEpoch,
  readOrBeginEpoch,
  type StoreEpoch,
} from './store-epoch.ts'
export type { OlderAccount } from './write/account-store.ts'
export {
  AccountWriter,
  type Changed,
  type ChangeRecords,
  type ChangeTurn,
  type ChangeTurns,
  ownChange,
} from './write/account-writer.ts'
export { readApproval } from './write/approval-records.ts'
export { ApprovalRequested, type RequestedApproval } from './write/approval-requested.ts'
