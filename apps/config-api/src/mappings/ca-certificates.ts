import type { TargetTrustRequest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { caTexts, type ReadCas } from './target-trust-request.ts'

/** Reads the CA certificates of requests in child processes, like all key material. */
export class CaCertificates {
  readonly #keyMaterial: KeyMaterialPool

  constructor(keyMaterial: KeyMaterialPool) {
    this.#keyMaterial = keyMaterial
  }

  /** Reads all of a request at once. @throws CodedError `TOO_MANY_BODIES`, `SHUTTING_DOWN` */
  async read(account: AccountId, trusts: readonly (TargetTrustRequest | null | undefined)[]): Promise<ReadCas> {
    const texts = caTexts(trusts)
    if (texts.length === 0) return new Map()
    const read = await this.#keyMaterial.readTrustedCas(account, { texts })
    return new Map(read.map((cas, at) => [texts[at] ?? '', cas]))
  }
}
