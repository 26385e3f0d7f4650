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
  trustKey,
  type UnmappedPolicy,
  versionsOf,
} from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import type { AccountBlocks } from '../format/account-codec.ts'

/** What is read of an account for calls: they need none of its changes. */
export interface SnapshotSource {
  readonly account: Omit<Account, 'changes'>
  readonly blocks?: AccountBlocks | undefined
}

interface SnapshotIndex {
  readonly mappings: IndexedMappings
  readonly certificates: Map<CertificateId, Certificate>
  readonly currentVersions: Map<string, CertificateId>
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
  /** For the next reading. */
  readonly blocks: AccountBlocks | undefined
  readonly #index: SnapshotIndex

  constructor(source: SnapshotSource, loadedAt: number, bytes: number, index: SnapshotIndex) {
    const { account, blocks } = source
    this.blocks = blocks
    this.accountId = account.accountId
    this.revision = account.revision
    this.loadedAt = loadedAt
    this.bytes = bytes
    this.unmappedCalls = settingsOf(account).unmappedCalls
    this.#index = index
  }

  /** The most specific one, disabled ones too. `serviceId` is the service's number. */
  findMapping(serviceId: string, url: TargetUrl): Mapping | undefined {
    return this.#index.mappings.index.find(serviceId, url)
  }

  /** For a call that names no service: one of each that has one. If there is more than one, it must. */
  findMappings(url: TargetUrl): readonly Mapping[] {
    return this.#index.mappings.index.findOfAnyService(url)
  }

  findCertificate(id: CertificateId): Certificate | undefined {
    return this.#index.certificates.get(id)
  }

  /** `id` is the part of the consumer key behind `{accountId}.`. Expired ones too. */
  findAppKey(id: string): AppKey | undefined {
    return this.#index.appKeys.get(id)
  }

  /** The versions that certificates of the account are at now, and of which certificate each is. */
  get currentVersions(): ReadonlyMap<string, CertificateId> {
    return this.#index.currentVersions
  }

  /** Whether an enabled mapping makes calls with this version now, and verifies their targets by this `trustKey`. */
  isMapped(versionId: string, trust: string | undefined): boolean {
    const certificateId = this.#index.currentVersions.get(versionId)
    return certificateId !== undefined && this.#index.mappings.uses.has(useKey(certificateId, trust))
  }

  /** The records of CA certificates that mappings of the account trust now. */
  get caRecordIds(): ReadonlySet<RecordId> {
    return this.#index.mappings.caRecordIds
  }
}

// Measured on Node 24, besides the blocks: the heap that a record and its places in the index take.
const accountBytes = 900
const certificateBytes = 1_050
const versionBytes = 320
const appKeyBytes = 260

export async function indexAccount(
  source: SnapshotSource,
  loadedAt: number,
  slices: TimeSlices,
): Promise<AccountSnapshot> {
  const { account, blocks } = source
  const index: SnapshotIndex = {
    mappings: await indexMappings(account.mappings, slices),
    certificates: new Map(),
    currentVersions: new Map(),
    appKeys: new Map(),
  }
  let bytes = accountBytes + packedBytes(blocks) + index.mappings.bytes
  for (const certificate of account.certificates) {
    index.certificates.set(certificate.id, certificate)
    if (certificate.current) index.currentVersions.set(certificate.current.versionId, certificate.id)
    bytes += certificateBytes + versionBytes * (versionsOf(certificate).length - 1)
    if (slices.isOver) await slices.next()
  }
  for (const appKey of account.appKeys) {
    index.appKeys.set(appKey.id, appKey)
    bytes += appKeyBytes
  }
  return new AccountSnapshot(source, loadedAt, bytes, index)
}

function packedBytes(blocks: AccountBlocks | undefined): number {
  return Object.values(blocks?.lists ?? {})
    .flat()
    .reduce((sum, { packed }) => sum + packed.length, 0)
}

/** The mappings of an account as a snapshot of it holds them. */
interface IndexedMappings {
  readonly index: MappingIndex
  /** The records of CA certificates that they trust. */
  readonly caRecordIds: ReadonlySet<RecordId>
  /** By {@link useKey}: with which certificates and trusts the enabled ones call. */
  readonly uses: ReadonlySet<string>
  /** About what they take of the heap. */
  readonly bytes: number
}

// Measured on Node 24: the heap that a mapping and its places in the index take, without its url.
const mappingBytes = 260
const patternBytes = 320
const trustBytes = 550
const pinBytes = 140

async function indexMappings(mappings: readonly Mapping[], slices: TimeSlices): Promise<IndexedMappings> {
  const index = new MappingIndex()
  const caRecordIds = new Set<RecordId>()
  const uses = new Set<string>()
  let bytes = 0
  for (const mapping of mappings) {
    index.add(mapping)
    bytes += bytesOf(mapping)
    const { enable, certificateId, targetTrust } = mapping
    if (enable) uses.add(useKey(certificateId, targetTrust && trustKey(targetTrust)))
    const caRecordId = targetTrust?.caRecordId
    if (caRecordId !== undefined) caRecordIds.add(caRecordId)
    if (slices.isOver) await slices.next()
  }
  return { index, caRecordIds, uses, bytes }
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

function useKey(certificateId: CertificateId, trust = ''): string {
  return `${certificateId} ${trust}`
}
