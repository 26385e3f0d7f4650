import { type AccountId, parseRecordId } from '@mtls-gateway/domain'
import type { AccountCas } from '@mtls-gateway/issuance'
import type { KeyMaterialPool, SignOrder } from '@mtls-gateway/key-material'
import { type AccountWriter, type IssuerCaRecord, newRecordId, readRecord } from '@mtls-gateway/registry'
import { isStoreError, type SecretReader } from '@mtls-gateway/secret-store'
import type { Prober } from '../prober/prober.ts'

interface Parts {
  readonly records: Pick<AccountWriter['records'], 'put'>
  readonly store: SecretReader
  readonly keyMaterial: Pick<KeyMaterialPool, 'makeCa'>
  readonly prober: Pick<Prober, 'sign'>
}

/** An account has one CA. Its record is the one that was written first, whatever the instances do at once. */
const id = parseRecordId('local')

/**
 * The CAs of accounts, in the store. Their keys are records of a kind of their own, which is written where keys are
 * made, and on Vault read by the prober alone (decision 69).
 */
export class StoredAccountCas implements AccountCas {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async find(account: AccountId): Promise<string | undefined> {
    return (await this.#read(account))?.certificate
  }

  async certificate(account: AccountId): Promise<string> {
    return (await this.#readOrMake(account)).certificate
  }

  async sign(account: AccountId, order: SignOrder): Promise<string> {
    const { keyId, certificate } = await this.#readOrMake(account)
    return this.#parts.prober.sign(account, { ...order, keyId: parseRecordId(keyId), ca: certificate })
  }

  async #readOrMake(account: AccountId): Promise<IssuerCaRecord> {
    return (await this.#read(account)) ?? this.#make(account)
  }

  #read(account: AccountId): Promise<IssuerCaRecord | undefined> {
    return readRecord(this.#parts.store, 'issuer-cas', account, id)
  }

  /** The key first: a CA without one would be in the way for good. */
  async #make(account: AccountId): Promise<IssuerCaRecord> {
    const { records, keyMaterial } = this.#parts
    const { privateKey, certificate } = await keyMaterial.makeCa(account, `Client CA of ${account}`)
    const keyId = newRecordId()
    await records.put('issuer-keys', account, keyId, { privateKey })
    const made = { certificate, keyId }
    try {
      await records.put('issuer-cas', account, id, made)
    } catch (error) {
      // Another instance was faster. The key that was made in vain stays: nothing here may delete one of a CA.
      if (!isStoreError(error, 'conflict')) throw error
    }
    return (await this.#read(account)) ?? made
  }
}
