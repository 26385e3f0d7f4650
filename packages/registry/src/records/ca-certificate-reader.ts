import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import { RecordCache } from './record-cache.ts'
import { readRecord } from './record-reader.ts'

export interface CaCertificateReaderOptions {
  readonly store: SecretReader
  readonly maxBytes: number
}

/** The CA certificates that mappings trust. Immutable, so cached until no mapping of the account names them. */
export class CaCertificateReader {
  readonly #store: SecretReader
  readonly #cache: RecordCache<{ readonly pem: string }>

  constructor({ store, maxBytes }: CaCertificateReaderOptions) {
    this.#store = store
    this.#cache = new RecordCache({ maxBytes, bytes: ({ pem }) => pem.length })
  }

  /**
   * PEM, one after the other; undefined if the record isn't there: the mapping was changed a moment ago.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  get(accountId: AccountId, id: RecordId): MaybePromise<string | undefined> {
    const found = this.#cache.get(accountId, id, () => this.#read(accountId, id))
    return found instanceof Promise ? found.then((record) => record?.pem) : found?.pem
  }

  /** For {@link AccountReader.onLoaded}: lets go of what no mapping names any more. */
  keepNamed(snapshot: AccountSnapshot): void {
    this.#cache.keep(snapshot.accountId, (id) => snapshot.caRecordIds.has(id))
  }

  async #read(accountId: AccountId, id: RecordId): Promise<{ readonly pem: string } | undefined> {
    const record = await readRecord(this.#store, 'chains', accountId, id)
    return record && { pem: [record.leaf, ...record.chain].join('') }
  }
}
