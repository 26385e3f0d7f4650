import type { AccountId, CertificateVersion, CommandContext } from '@mtls-gateway/domain'
import { chooseError, type KeyMaterialInput, type KeyMaterialPool } from '@mtls-gateway/key-material'
import type { VersionRecords } from './version-records.ts'

/** Key and certificate as they were uploaded, examined and stored. */
export class VersionUploads {
  readonly #keyMaterial: KeyMaterialPool
  readonly #records: VersionRecords

  constructor(keyMaterial: KeyMaterialPool, records: VersionRecords) {
    this.#keyMaterial = keyMaterial
    this.#records = records
  }

  /** The version that the account is then to name. @throws CodedError: what is wrong with it; `STORE_UNAVAILABLE` */
  async take(account: AccountId, context: CommandContext, input: KeyMaterialInput): Promise<CertificateVersion> {
    const { material, report } = await this.#keyMaterial.examine(account, input)
    if (!material) throw chooseError(report)
    const warnings = report.problems.map(({ code }) => code)
    return this.#records.store(account, context, material, warnings)
  }
}
