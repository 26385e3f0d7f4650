import { createHash, randomBytes } from 'node:crypto'
import {
  type Account,
  type AccountId,
  CodedError,
  caRecordId,
  isKeptForApproval,
  type Mapping,
  type MappingTrust,
  namedCaRecords,
  type RecordId,
  sharesCaCertificates,
  type TrustingAccount,
} from '@mtls-gateway/domain'
import { createTargetTrust, type TargetTrust } from '@mtls-gateway/outbound'
import { type AccountWriter, type RecordName, readRecord } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import pMap from 'p-map'
import type { RequestedTrust } from './target-trust-request.ts'

/** The records that a request has written, and the trusts that refer to them. */
export interface StoredTrusts {
  /** In the order of the request. */
  readonly trusts: readonly (MappingTrust | null | undefined)[]
  readonly records: ReadonlyMap<RecordId, readonly string[]>
}

/** The limit per request: a long list must not fill the store's queue. */
const recordsAtOnce = 8

/**
 * The CA certificates that mappings trust, by themselves or by trust lists. Each list of certificates is a record like
 * those of chains and beside them, written before the account refers to it. Who has the same ones shares a record.
 */
export class TrustRecords {
  readonly #writer: AccountWriter
  readonly #store: SecretReader

  constructor(writer: AccountWriter, store: SecretReader) {
    this.#writer = writer
    this.#store = store
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async store(accountId: AccountId, requested: readonly (RequestedTrust | null | undefined)[]): Promise<StoredTrusts> {
    const prepared = prepareTrusts(requested)
    await this.write(accountId, prepared.records)
    return prepared
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async write(accountId: AccountId, records: StoredTrusts['records']): Promise<void> {
    await pMap(records, ([id, pems]) => this.#put(accountId, id, pems), { concurrency: recordsAtOnce })
  }

  /** PEM by record, without the records that the store has lost. @throws CodedError `STORE_UNAVAILABLE` */
  async read(
    accountId: AccountId,
    mappings: readonly Pick<Mapping, 'targetTrust'>[],
  ): Promise<ReadonlyMap<RecordId, string>> {
    const found = await pMap(
      namedCaRecords({ mappings }),
      async (id) => [id, await readRecord(this.#store, 'chains', accountId, id)] as const,
      { concurrency: recordsAtOnce },
    )
    return new Map(found.flatMap(([id, record]) => (record ? [[id, [record.leaf, ...record.chain].join('')]] : [])))
  }

  /**
   * The trust of a request in the form that calls use, without storing anything.
   * @throws CodedError `MAPPING_TRUST_UNKNOWN`; `STORE_UNAVAILABLE`
   */
  async prepare(accountId: AccountId, { caCertificates, trust: name, ...rest }: RequestedTrust): Promise<TargetTrust> {
    const pem = name === undefined ? caCertificates?.join('\n') : await this.#readList(accountId, name)
    return createTargetTrust({ ...rest, ...(pem !== undefined && { caCertificates: pem }) })
  }

  async #readList(accountId: AccountId, name: string): Promise<string> {
    const { trusts = [] } = await this.#writer.readInTurn(accountId)
    const list = trusts.find((each) => each.name === name)
    const pem = list && (await this.read(accountId, [{ targetTrust: list }])).get(list.caRecordId)
    if (pem !== undefined) return pem
    const message = list
      ? `The store has lost the certificates of the trust list "${name}". Set it again.`
      : `This account has no trust list "${name}".`
    throw new CodedError('MAPPING_TRUST_UNKNOWN', message, { details: { field: 'targetTrust.trust' } })
  }

  /**
   * Call it after a change. Records of this request that the account needs and the store has lost are written again.
   * Those that it did not need are purged, and in a moment what nobody needs any more: forwarders whose copy of the
   * account is older still verify targets by it.
   * @param before of what the change is about
   * @throws CodedError `STORE_UNAVAILABLE`
   */
  async settle(account: Account, { records }: Pick<StoredTrusts, 'records'>, before: TrustingAccount): Promise<void> {
    const named = namedCaRecords(account)
    for (const [id, pems] of records) {
      const shared = named.has(id) ? undefined : [...named].find((other) => sharesCaCertificates(id, other))
      if (shared !== undefined) await this.#restore(account.accountId, shared, pems)
    }
    const unneeded = (ids: Iterable<RecordId>) => {
      const left = [...ids].filter((id) => !named.has(id) && !isKeptForApproval(account, id))
      return recordsOf(account.accountId, left)
    }
    this.#writer.records.purgeReplaced(unneeded(namedCaRecords(before)))
    await this.#writer.records.purge(unneeded(records.keys()))
  }

  async #restore(accountId: AccountId, id: RecordId, pems: readonly string[]): Promise<void> {
    if (await readRecord(this.#store, 'chains', accountId, id)) return
    await this.#put(accountId, id, pems)
  }

  async #put(accountId: AccountId, id: RecordId, [leaf = '', ...chain]: readonly string[]): Promise<void> {
    await this.#writer.records.put('chains', accountId, id, { leaf, chain })
  }
}

/** Trusts with the records that they are to have, which are not written yet. */
export function prepareTrusts(requested: readonly (RequestedTrust | null | undefined)[]): StoredTrusts {
  const records = new Map<RecordId, readonly string[]>()
  const ids = new Map<string, RecordId>()
  const trusts = requested.map((trust) => {
    if (trust?.caCertificates === undefined) return trust
    const { caCertificates, ...rest } = trust
    const hash = createHash('sha256').update(caCertificates.join('')).digest('base64url')
    const id = ids.get(hash) ?? caRecordId(hash, randomBytes(15).toString('base64url'))
    ids.set(hash, id)
    records.set(id, caCertificates)
    return { ...rest, caRecordId: id }
  })
  return { trusts, records }
}

/** The names of CA records. */
export function recordsOf(accountId: AccountId, ids: Iterable<RecordId>): readonly RecordName[] {
  return [...ids].map((id) => ({ kind: 'chains', accountId, id }))
}
