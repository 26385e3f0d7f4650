import type { AccountId, CertificateVersion, CommandContext } from '@mtls-gateway/domain'
import { chooseError, type KeyMaterial, type KeyMaterialInput, type KeyMaterialPool } from '@mtls-gateway/key-material'
import type { VersionRecords } from './version-records.ts'

/** A key with its certificate, which can be used. */
export interface ExaminedUpload {
  readonly material: KeyMaterial
  readonly warnings: readonly string[]
}

/** Examines and stores uploaded keys and certificates. */
export class VersionUploads {
  readonly #keyMaterial: KeyMaterialPool
  readonly #records: VersionRecords

  constructor(keyMaterial: KeyMaterialPool, records: VersionRecords) {
    this.#keyMaterial = keyMaterial
    this.#records = records
  }

  /** @returns the version for the account. @throws CodedError: what is wrong with the file; `STORE_UNAVAILABLE` */
  async take(account: AccountId, context: CommandContext, input: KeyMaterialInput): Promise<CertificateVersion> {
    return this.store(account, context, await this.examine(account, input))
  }

  /** Stores nothing. @throws CodedError: what is wrong with the file */
  async examine(account: AccountId, input: KeyMaterialInput): Promise<ExaminedUpload> {
    const { material, report } = await this.#keyMaterial.examine(account, input)
    if (!material) throw chooseError(report)
    return { material, warnings: report.problems.map(({ code }) => code) }
  }

  /** @returns the version for the account. @throws CodedError `STORE_UNAVAILABLE` */
  store(account: AccountId, context: CommandContext, { material, warnings }: ExaminedUpload) {
    return this.#records.store(account, context, material, warnings)
  }
}
