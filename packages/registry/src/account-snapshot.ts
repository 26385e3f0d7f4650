import {
  type Account,
  type AccountId,
  type AppKey,
  type Certificate,
  type CertificateId,
  isUrlPattern,
  type Mapping,
  MappingIndex,
  type RecordId,
  settingsOf,
  type TargetUrl,
  type UnmappedPolicy,
  versionsOf,
} from '@mtls-gateway/domain'
import type { TimeSlices } from './time-slices.ts'

interface SnapshotIndex {
  readonly mappings: MappingIndex
  readonly certificates: Map<CertificateId, Certificate>
  readonly versionIds: Set<string>
  readonly caRecordIds: Set<RecordId>
  readonly appKeys: Map<string, AppKey>
}

/** An account as it was read once, indexed for the forward path. Does not change. */
export class AccountSnapshot {
  readonly accountId: AccountId
  /** 0: the store has no such account. */
  readonly revision: number
  /** When the read began, on the reader's clock. */
  readonly loadedAt: number
  /** About what it takes of the heap. */
  readonly bytes: number
  readonly unmappedCalls: UnmappedPolicy
  readonly #index: SnapshotIndex

  constructor(account: Account, loadedAt: number, bytes: number, index: SnapshotIndex) {
    this.accountId = account.accountId
    this.revision = account.revision
    this.loadedAt = loadedAt
    this.bytes = bytes
    this.unmappedCalls = settingsOf(account).unmappedCalls
    this.#index = index
  }

  /** The most specific one, disabled ones too. `serviceId` is the service's number. */
  findMapping(serviceId: string, url: TargetUrl): Mapping | undefined {
    return this.#index.mappings.find(serviceId, url)
  }

  findCertificate(id: CertificateId): Certificate | undefined {
    return this.#index.certificates.get(id)
  }

  /** `id` is the part of the consumer key behind `{accountId}.`. Expired ones too. */
  findAppKey(id: string): AppKey | undefined {
    return this.#index.appKeys.get(id)
  }

  /** The versions that certificates of the account are at now. */
  get versionIds(): ReadonlySet<string> {
    return this.#index.versionIds
  }

  /** The records of CA certificates that mappings of the account trust now. */
  get caRecordIds(): ReadonlySet<RecordId> {
    return this.#index.caRecordIds
  }
}

// Measured on Node 24: the heap that a record and its places in the index take, for a mapping without its url.
const accountBytes = 900
const certificateBytes = 1_050
const versionBytes = 320
const mappingBytes = 210
const patternBytes = 320
const trustBytes = 400
const pinBytes = 80
const appKeyBytes = 260

export async function indexAccount(account: Account, loadedAt: number, slices: TimeSlices): Promise<AccountSnapshot> {
  const index: SnapshotIndex = {
    mappings: new MappingIndex(),
    certificates: new Map(),
    versionIds: new Set(),
    caRecordIds: new Set(),
    appKeys: new Map(),
  }
  let bytes = accountBytes
  for (const certificate of account.certificates) {
    index.certificates.set(certificate.id, certificate)
    if (certificate.current) index.versionIds.add(certificate.current.versionId)
    bytes += certificateBytes + versionBytes * (versionsOf(certificate).length - 1)
    if (slices.isOver) await slices.next()
  }
  for (const mapping of account.mappings) {
    index.mappings.add(mapping)
    bytes += bytesOf(mapping)
    const caRecordId = mapping.targetTrust?.caRecordId
    if (caRecordId !== undefined) index.caRecordIds.add(caRecordId)
    if (slices.isOver) await slices.next()
  }
  for (const appKey of account.appKeys) {
    index.appKeys.set(appKey.id, appKey)
    bytes += appKeyBytes
  }
  return new AccountSnapshot(account, loadedAt, bytes, index)
}

function bytesOf({ url, targetTrust }: Mapping): number {
  const pins = targetTrust?.spkiPins?.length ?? 0
  return (
    mappingBytes +
    url.length +
    (isUrlPattern(url) ? patternBytes : 0) +
    (targetTrust ? trustBytes : 0) +
    pins * pinBytes
  )
}
