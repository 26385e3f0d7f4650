import { isDeepStrictEqual } from 'node:util'
import {
  type AccountId,
  type Certificate,
  type CertificateId,
  type CommandContext,
  completedVersion,
  findCertificate,
  type RequestPlace,
  refuseUsedKey,
} from '@mtls-gateway/domain'
import { describeChain, type KeyMaterialPool } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'

/** A certificate from a CA, as it was sent. */
export interface SignedCertificate {
  readonly place: RequestPlace
  /** The leaf and its chain, in any order. */
  readonly pem: string
}

interface Parts {
  readonly writer: AccountWriter
  readonly keyMaterial: KeyMaterialPool
  readonly records: VersionRecords
}

/** Signing requests that have already been completed. */
export class CompletedRequests {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * The certificate, if this same chain has completed the request before. Changes nothing.
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, `VERSION_CHANGED`, `STORE_DAMAGED`,
   *   `STORE_UNAVAILABLE`
   */
  async find(
    accountId: AccountId,
    { idempotency }: CommandContext,
    id: CertificateId,
    { place, pem }: SignedCertificate,
  ): Promise<Certificate | undefined> {
    const { writer, keyMaterial, records } = this.#parts
    const account = await writer.readInTurn(accountId)
    refuseUsedKey(account, idempotency)
    const certificate = findCertificate(account, id)
    const version = completedVersion(certificate, place)
    if (!version) return undefined
    const named = { account: accountId, id, versionId: version.versionId }
    const { leaf, chain } = await readNamed(writer, named, () => records.readChain(accountId, version))
    const { spkiSha256 } = describeChain({ leaf, chain }, new Date()).facts
    const { chain: sent } = await keyMaterial.examineSigned(accountId, { certificates: pem, spkiSha256 })
    return sent && isDeepStrictEqual([sent.leaf, sent.chain], [leaf, chain]) ? certificate : undefined
  }
}
