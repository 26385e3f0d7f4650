import type { AccountId, CertificateVersion, CommandContext } from '@mtls-gateway/domain'
import { chooseError, type KeyMaterialInput, type KeyMaterialPool } from '@mtls-gateway/key-material'
import type { VersionRecords } from './version-records.ts'

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
    const { material, report } = await this.#keyMaterial.examine(account, input)
    if (!material) throw chooseError(report)
    const warnings = report.problems.map(({ code }) => code)
    return this.#records.store(account, context, material, warnings)
  }
}
