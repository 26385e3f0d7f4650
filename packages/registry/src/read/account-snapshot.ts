import {
  type Account,
  type AccountId,
  type AppKey,
  activeSigningKey,
  type Certificate,
  type CertificateId,
  isUrlPattern,
  type Mapping,
  type MappingId,
  MappingIndex,
  type MappingTls,
  messageSignatureKey,
  presentableVersions,
  type RecordId,
  type SigningKey,
  type SigningKeyUse,
  settingsOf,
  signingKeyUses,
  type TargetAuth,
  type TargetUrl,
  targetAuthKey,
  targetSecretIds,
  tlsKey,
  trustKey,
  type UnmappedPolicy,
  versionsOf,
} from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { type AccountBlocks, blocksIn } from '../format/account-codec.ts'

/** What is read of an account for calls: they need none of its changes. */
export interface SnapshotSource {
  readonly account: Omit<Account, 'changes'>
  readonly blocks?: AccountBlocks | undefined
}

// Measured on Node 24, besides the blocks: the heap that a record and its places in the index take, without urls.
const accountBytes = 900
const certificateBytes = 1_050
const versionBytes = 320
const appKeyBytes = 260
const appKeyServiceBytes = 40
const mappingBytes = 320
const patternBytes = 320
const trustBytes = 550
const pinBytes = 140
const authBytes = 900
const signatureBytes = 900
const signingKeyBytes = 1_400
const tlsBytes = 300
const tlsNameBytes = 60

/** An account as it was read once, indexed for the forward path. Does not change once it is made. */
export class AccountSnapshot {
  readonly accountId: AccountId
  /** 0: the store has no such account. */
  readonly revision: number
  /** When the read began, on the reader's clock. */
  readonly loadedAt: number
  readonly unmappedCalls: UnmappedPolicy
  /** For the next reading. */
  readonly blocks: AccountBlocks | undefined
  readonly #mappings = new MappingIndex()
  readonly #mappingsById = new Map<MappingId, Mapping>()
  readonly #certificates = new Map<CertificateId, Certificate>()
  readonly #presentable = new Map<string, CertificateId>()
  readonly #appKeys = new Map<string, AppKey>()
  readonly #caRecordIds = new Set<RecordId>()
  readonly #targetSecretIds = new Set<RecordId>()
  readonly #targetAuths = new Map<string, TargetAuth>()
  readonly #signingKeys = new Map<SigningKeyUse, SigningKey>()
  /** By {@link useKey}: with which certificates, trusts and TLS settings the enabled mappings call. */
  readonly #uses = new Set<string>()
  #bytes: number

  private constructor({ account, blocks }: SnapshotSource, loadedAt: number) {
    this.blocks = blocks
    this.accountId = account.accountId
    this.revision = account.revision
    this.loadedAt = loadedAt
    this.unmappedCalls = settingsOf(account).unmappedCalls
    const packed = blocks === undefined ? [] : blocksIn(blocks)
    this.#bytes = packed.reduce((sum, block) => sum + block.packed.length, accountBytes)
    for (const use of signingKeyUses) this.#addSigningKey(activeSigningKey(account, use))
  }

  static async index(source: SnapshotSource, loadedAt: number, slices: TimeSlices): Promise<AccountSnapshot> {
    const snapshot = new AccountSnapshot(source, loadedAt)
    const { mappings, certificates, appKeys } = source.account
    for (const mapping of mappings) {
      snapshot.#addMapping(mapping)
      if (slices.isOver) await slices.next()
    }
    for (const certificate of certificates) {
      snapshot.#addCertificate(certificate)
      if (slices.isOver) await slices.next()
    }
    for (const appKey of appKeys) {
      snapshot.#appKeys.set(appKey.id, appKey)
      snapshot.#bytes += appKeyBytes + appKeyServiceBytes * (appKey.services?.length ?? 0)
    }
    return snapshot
  }

  #addMapping(mapping: Mapping): void {
    const { url, enable, certificateId, targetTrust, targetTls, targetAuth, messageSignature } = mapping
    this.#mappings.add(mapping)
    this.#mappingsById.set(mapping.id, mapping)
    this.#bytes += mappingBytes + url.length + (isUrlPattern(url) ? patternBytes : 0)
    if (enable)
      this.#uses.add(useKey(certificateId, targetTrust && trustKey(targetTrust), targetTls && tlsKey(targetTls)))
    if (targetTls !== undefined) this.#bytes += weighTls(targetTls)
    if (targetAuth !== undefined) this.#addAuth(targetAuth)
    if (messageSignature !== undefined) {
      this.#bytes += signatureBytes + 2 * messageSignatureKey(messageSignature).length
    }
    if (targetTrust === undefined) return
    this.#bytes += trustBytes + (targetTrust.spkiPins?.length ?? 0) * pinBytes
    if (targetTrust.caRecordId !== undefined) this.#caRecordIds.add(targetTrust.caRecordId)
  }

  #addAuth(auth: TargetAuth): void {
    const key = targetAuthKey(auth)
    this.#targetAuths.set(key, auth)
    this.#bytes += authBytes + 2 * key.length
    for (const id of targetSecretIds(auth)) this.#targetSecretIds.add(id)
  }

  #addSigningKey(key: SigningKey | undefined): void {
    if (key === undefined) return
    this.#signingKeys.set(key.use, key)
    this.#targetSecretIds.add(key.kid)
    this.#bytes += signingKeyBytes
  }

  #addCertificate(certificate: Certificate): void {
    this.#certificates.set(certificate.id, certificate)
    for (const version of presentableVersions(certificate)) this.#presentable.set(version.versionId, certificate.id)
    const pinned = certificate.pinned?.length ?? 0
    this.#bytes += certificateBytes * (1 + pinned) + versionBytes * (versionsOf(certificate).length - 1)
  }

  /** About what it takes of the heap. */
  get bytes(): number {
    return this.#bytes
  }

  /** The most specific one, disabled ones too. `serviceId` is the service's number. */
  findMapping(serviceId: string, url: TargetUrl): Mapping | undefined {
    return this.#mappings.find(serviceId, url)
  }

  /** For a call that names no service: one of each that has one. If there is more than one, it must. */
  findMappings(url: TargetUrl, among?: ReadonlySet<string>): readonly Mapping[] {
    return this.#mappings.findOfAnyService(url, among)
  }

  /** For a call that names its mapping: disabled ones too. */
  findMappingById(id: MappingId): Mapping | undefined {
    return this.#mappingsById.get(id)
  }

  findCertificate(id: CertificateId): Certificate | undefined {
    return this.#certificates.get(id)
  }

  /** `id` is the part of the consumer key behind `{accountId}.`. Expired ones too. */
  findAppKey(id: string): AppKey | undefined {
    return this.#appKeys.get(id)
  }

  /** The versions that calls of the account may present now, and of which certificate each is. */
  get presentable(): ReadonlyMap<string, CertificateId> {
    return this.#presentable
  }

  /**
   * Whether an enabled mapping makes calls with this version now, and verifies their targets by this
   * `trustKey` over connections of this `tlsKey`.
   */
  isMapped(versionId: string, trust: string | undefined, tls: string | undefined): boolean {
    const certificateId = this.#presentable.get(versionId)
    return certificateId !== undefined && this.#uses.has(useKey(certificateId, trust, tls))
  }

  /** The records of CA certificates that mappings of the account trust now. */
  get caRecordIds(): ReadonlySet<RecordId> {
    return this.#caRecordIds
  }

  /** By `targetAuthKey`: what targets of the account want beside the certificate. */
  get targetAuths(): ReadonlyMap<string, TargetAuth> {
    return this.#targetAuths
  }

  /** The key of the account that signs for this use now. */
  signingKey(use: SigningKeyUse): SigningKey | undefined {
    return this.#signingKeys.get(use)
  }

  /** The records of secrets that targets of the account want, and of the keys that sign for them. */
  get targetSecretIds(): ReadonlySet<RecordId> {
    return this.#targetSecretIds
  }
}

function useKey(certificateId: CertificateId, trust = '', tls = ''): string {
  return `${certificateId} ${tls} ${trust}`
}

function weighTls({ ciphers = [], groups = [] }: MappingTls): number {
  return tlsBytes + (ciphers.length + groups.length) * tlsNameBytes
}
