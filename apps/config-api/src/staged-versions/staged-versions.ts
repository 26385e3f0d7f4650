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
} from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { VersionUploads } from '../certificates/versions/version-uploads.ts'

export interface StagedVersionsParts {
  readonly writer: AccountWriter
  readonly uploads: VersionUploads
  readonly records: VersionRecords
  readonly changes: VersionChanges
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

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE` */
  drop(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    return this.#parts.changes.make(account, context, dropStaged(context, id))
  }

  /**
   * Puts the staged version in use.
   * @param force even if its last probe failed
   * @throws CodedError of the command, and `STORE_DAMAGED`
   */
  async promote(account: AccountId, context: CommandContext, id: CertificateId, force: boolean): Promise<Certificate> {
    const { writer, records, changes } = this.#parts
    const { staged } = findCertificate(await writer.readInTurn(account), id)
    if (!staged) throw stagedNotFound()
    if (isRequested(staged)) throw stagedPending()
    const named = { account, id, versionId: staged.versionId }
    const version = await readNamed(writer, named, () => records.readWhole(account, staged))
    return changes.make(account, context, promoteStaged(context, id, { version, force }))
  }

  /** Puts the previous version in use again. @throws CodedError of the command, and `STORE_DAMAGED` */
  async rollBack(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    const { writer, records, changes } = this.#parts
    const { previous } = findCertificate(await writer.readInTurn(account), id)
    if (!previous) throw previousNotFound()
    const named = { account, id, versionId: previous.versionId }
    const version = await readNamed(writer, named, () => records.readWhole(account, previous))
    return changes.make(account, context, rollBack(context, id, version))
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND` */
  dropPrevious(account: AccountId, context: CommandContext, id: CertificateId): Promise<Certificate> {
    return this.#parts.changes.make(account, context, dropPrevious(context, id))
  }
}
