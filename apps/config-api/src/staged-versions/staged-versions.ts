import {
  type AccountId,
  type Certificate,
  type CertificateChanged,
  type CertificateId,
  type CertificateVersion,
  type CommandContext,
  dropPrevious,
  dropStaged,
  findCertificate,
  type IdleVersion,
  isRequested,
  type MappingId,
  type Promotion,
  previousNotFound,
  promoteMappings,
  promoteStaged,
  type RefusedVersion,
  rollBack,
  rollBackMappings,
  stagedNotFound,
  stagedPending,
  stageVersion,
  type UploadedVersion,
  uploadedVersion,
  type VersionDifference,
  type VersionDifferenceCode,
} from '@mtls-gateway/domain'
import { certificateDetails, type KeyMaterialInput } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import { stagedDifferences, subjectAltNamesOf } from '../certificates/versions/version-comparison.ts'
import type { VersionRecords, WholeVersion } from '../certificates/versions/version-records.ts'
import type { VersionUploads } from '../certificates/versions/version-uploads.ts'

export interface StagedVersionsParts {
  readonly writer: AccountWriter
  readonly uploads: VersionUploads
  readonly records: VersionRecords
  readonly changes: VersionChanges
}

export interface PromotionChoice {
  /** Undefined: the whole certificate. */
  readonly mappings: readonly MappingId[] | undefined
  /** Even if its last probe failed, or it is not valid yet. */
  readonly force: boolean
  /** Even if its last probe failed: the version in use has expired. */
  readonly ignoresProbe?: boolean
  /** Only for mappings whose targets accept it. */
  readonly ifAccepted?: boolean
  /** In what it is meant to differ from the version in use. */
  readonly accepted: readonly VersionDifferenceCode[]
}

interface Promotable {
  readonly account: AccountId
  readonly id: CertificateId
  readonly current: CertificateVersion | undefined
  readonly staged: UploadedVersion
}

/** Takes a certificate from one version to the next, and back. Each step is one change of the account. */
export class StagedVersions {
  readonly #parts: StagedVersionsParts

  constructor(parts: StagedVersionsParts) {
    this.#parts = parts
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`; what is wrong with the upload */
  async stage(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    input: KeyMaterialInput,
  ): Promise<Certificate> {
    const { writer, uploads, changes } = this.#parts
    findCertificate(await writer.readInTurn(account), id)
    const version = await uploads.take(account, context, input)
    return changes.make(account, context, stageVersion(context, id, uploadedVersion(version)), version)
  }

  /** For the answer to whoever has staged it. */
  differences(account: AccountId, certificate: Certificate): Promise<readonly VersionDifference[] | undefined> {
    return stagedDifferences(this.#parts.records, account, certificate)
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE` */
  drop(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    return this.#parts.changes.make(account, context, dropStaged(context, id))
  }

  /**
   * Puts the staged version in use, for all mappings or for some.
   * @throws CodedError of the command, and `STORE_DAMAGED`
   */
  async promote(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    { mappings, ...choice }: PromotionChoice,
  ): Promise<CertificateChanged> {
    const { writer, changes } = this.#parts
    const { current, staged } = findCertificate(await writer.readInTurn(account), id)
    const promotion =
      staged && !isRequested(staged) ? await this.#promotionOf({ account, id, current, staged }, choice) : undefined
    if (mappings) return changes.makeWhole(account, context, promoteMappings(context, id, mappings, promotion))
    if (!promotion) throw staged ? stagedPending() : stagedNotFound()
    return changes.makeWhole(account, context, promoteStaged(context, id, promotion))
  }

  /** @throws CodedError `STORE_DAMAGED`, `VERSION_CHANGED` */
  async #promotionOf(
    { account, id, current, staged }: Promotable,
    choice: Omit<PromotionChoice, 'mappings'>,
  ): Promise<Promotion> {
    const { records } = this.#parts
    const { version, stored } = await this.#whole(account, id, staged)
    const names = current && {
      of: current.versionId,
      current: await subjectAltNamesOf(records, account, current),
      next: certificateDetails(stored).subjectAltNames,
    }
    return { version, names, ...choice }
  }

  /**
   * Puts the version before in use again, for all mappings or for some.
   * @param refusal what the targets of these refuse, and how; undefined: a person wants it
   * @throws CodedError of the command, and `STORE_DAMAGED`
   */
  async rollBack(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    mappings: readonly MappingId[] | undefined,
    refusal?: RefusedVersion,
  ): Promise<CertificateChanged> {
    const { writer, changes } = this.#parts
    const read = await writer.readInTurn(account)
    const { previous } = findCertificate(read, id)
    // Who goes back from what is staged does not need it: it may be damaged.
    const chosen = new Set(mappings)
    const isNeeded = !mappings || read.mappings.some((each) => chosen.has(each.id) && each.pinned === undefined)
    const version = previous && isNeeded ? await this.#whole(account, id, previous) : undefined
    if (mappings) {
      return changes.makeWhole(account, context, rollBackMappings(context, id, mappings, version?.version, refusal))
    }
    if (!version) throw previousNotFound()
    return changes.makeWhole(account, context, rollBack(context, id, version.version))
  }

  /** @throws CodedError `STORE_DAMAGED`, `VERSION_CHANGED` */
  #whole(account: AccountId, id: CertificateId, version: IdleVersion): Promise<WholeVersion> {
    const { writer, records } = this.#parts
    const named = { account, id, versionId: version.versionId }
    return readNamed(writer, named, () => records.readWhole(account, version))
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND` */
  dropPrevious(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    return this.#parts.changes.make(account, context, dropPrevious(context, id))
  }
}
