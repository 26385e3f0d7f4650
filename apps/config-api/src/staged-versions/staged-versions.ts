import {
  type AccountId,
  type Certificate,
  type CertificateId,
  type CommandContext,
  dropPrevious,
  dropStaged,
  findCertificate,
  idleVersion,
  isRequested,
  previousNotFound,
  promoteStaged,
  rollBack,
  stagedNotFound,
  stagedPending,
  stageVersion,
  type VersionDifference,
  type VersionDifferenceCode,
} from '@mtls-gateway/domain'
import { certificateDetails, type KeyMaterialInput } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import { stagedDifferences, subjectAltNamesOf } from '../certificates/versions/version-comparison.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { VersionUploads } from '../certificates/versions/version-uploads.ts'

export interface StagedVersionsParts {
  readonly writer: AccountWriter
  readonly uploads: VersionUploads
  readonly records: VersionRecords
  readonly changes: VersionChanges
}

export interface PromotionChoice {
  /** Even if its last probe failed, or it is not valid yet. */
  readonly force: boolean
  /** In what it is meant to differ from the version in use. */
  readonly accepted: readonly VersionDifferenceCode[]
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
    return changes.make(account, context, stageVersion(context, id, idleVersion(version)), version)
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
   * Puts the staged version in use.
   * @throws CodedError of the command, and `STORE_DAMAGED`
   */
  async promote(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    choice: PromotionChoice,
  ): Promise<Certificate> {
    const { writer, records, changes } = this.#parts
    const { current, staged } = findCertificate(await writer.readInTurn(account), id)
    if (!staged) throw stagedNotFound()
    if (isRequested(staged)) throw stagedPending()
    const named = { account, id, versionId: staged.versionId }
    const { version, stored } = await readNamed(writer, named, () => records.readWhole(account, staged))
    const names = current && {
      of: current.versionId,
      current: await subjectAltNamesOf(records, account, current),
      next: certificateDetails(stored).subjectAltNames,
    }
    return changes.make(account, context, promoteStaged(context, id, { version, names, ...choice }))
  }

  /** Puts the previous version in use again. @throws CodedError of the command, and `STORE_DAMAGED` */
  async rollBack(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    const { writer, records, changes } = this.#parts
    const { previous } = findCertificate(await writer.readInTurn(account), id)
    if (!previous) throw previousNotFound()
    const named = { account, id, versionId: previous.versionId }
    const { version } = await readNamed(writer, named, () => records.readWhole(account, previous))
    return changes.make(account, context, rollBack(context, id, version))
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND` */
  dropPrevious(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    return this.#parts.changes.make(account, context, dropPrevious(context, id))
  }
}
