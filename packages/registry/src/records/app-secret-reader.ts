import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import { RecordCache } from './record-cache.ts'
import { readRecord } from './record-reader.ts'
import type { SharedSecretRecord } from './records.ts'

export interface AppSecretReaderOptions {
  readonly store: SecretReader
  readonly maxBytes: number
}

/** Secrets of app keys. They count only while the account lists the key: ask its snapshot first. */
export class AppSecretReader {
  readonly #store: SecretReader
  readonly #cache: RecordCache<SharedSecretRecord>

  constructor({ store, maxBytes }: AppSecretReaderOptions) {
    this.#store = store
    this.#cache = new RecordCache({ maxBytes, bytes: ({ secret }) => secret.length })
  }

  /**
   * Undefined if there is none: the key was deleted a moment ago.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  get(accountId: AccountId, appKeyId: RecordId): MaybePromise<string | undefined> {
    const found = this.#cache.get(accountId, appKeyId, () => readRecord(this.#store, 'app-keys', accountId, appKeyId))
    return found instanceof Promise ? found.then((record) => record?.secret) : found?.secret
  }

  /** For {@link AccountReader.onLoaded}: lets go of the keys that are no longer listed. */
  keepNamed(snapshot: AccountSnapshot): void {
    this.#cache.keep(snapshot.accountId, (id) => snapshot.findAppKey(id) !== undefined)
  }
}
