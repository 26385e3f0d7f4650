import {
  type AccountId,
  type CertificateVersion,
  CodedError,
  type CommandContext,
  type IdleVersion,
  type RecordId,
} from '@mtls-gateway/domain'
import { describeChain, type KeyMaterial } from '@mtls-gateway/key-material'
import { type AccountWriter, type ChainRecord, newRecordId, readRecord } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'

/** For the account, and the chain that it is described by. */
export interface WholeVersion {
  readonly version: CertificateVersion
  readonly stored: ChainRecord
}

/** The key and the chain of a version: two records, written once, before the account refers to them. */
export class VersionRecords {
  readonly #writer: AccountWriter
  readonly #store: SecretReader

  constructor(writer: AccountWriter, store: SecretReader) {
    this.#writer = writer
    this.#store = store
  }

  /** Stores key and chain. @returns the version for the account */
  async store(
    account: AccountId,
    context: CommandContext,
    material: KeyMaterial,
    warnings: readonly string[],
  ): Promise<CertificateVersion> {
    const [keyId, versionId] = await Promise.all([
      this.storeKey(account, material.privateKey),
      this.storeChain(account, material),
    ])
    return { ...material.facts, versionId, keyId, createdAt: context.at, warnings }
  }

  /** PKCS#8 as PEM. @throws CodedError `STORE_UNAVAILABLE` */
  async storeKey(account: AccountId, privateKey: string): Promise<RecordId> {
    const keyId = newRecordId()
    await this.#writer.records.put('keys', account, keyId, { privateKey })
    return keyId
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async storeChain(account: AccountId, { leaf, chain }: ChainRecord): Promise<RecordId> {
    const versionId = newRecordId()
    await this.#writer.records.put('chains', account, versionId, { leaf, chain })
    return versionId
  }

  /** Leaf and chain as PEM, the leaf's issuer first. @throws CodedError `STORE_DAMAGED` if the record is gone */
  async readChain(accountId: AccountId, { versionId }: Pick<IdleVersion, 'versionId'>): Promise<ChainRecord> {
    const chain = await readRecord(this.#store, 'chains', accountId, versionId)
    if (!chain) throw new CodedError('STORE_DAMAGED', 'The store has lost this chain. Upload the certificate again.')
    return chain
  }

  /**
   * Adds the facts that the account does not keep about an idle version, and the warnings as of today.
   * @throws CodedError `STORE_DAMAGED` if its key or its chain is gone; `STORE_UNAVAILABLE`
   */
  async readWhole(accountId: AccountId, version: IdleVersion): Promise<WholeVersion> {
    const { versionId, keyId, createdAt } = version
    const [stored, hasKey] = await Promise.all([
      this.readChain(accountId, version),
      this.#writer.records.exists('keys', accountId, keyId),
    ])
    if (!hasKey) throw new CodedError('STORE_DAMAGED', 'The store has lost this key. Upload the certificate again.')
    const { facts, warnings } = describeChain(stored, new Date())
    return { version: { ...facts, versionId, keyId, createdAt, warnings }, stored }
  }
}
