import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import type { CacheState } from '../read/cache-state.ts'
import { RecordCache } from './record-cache.ts'
import type { RecordRoom } from './record-room.ts'

export interface RecordReaderOptions {
  readonly store: SecretReader
  /** What is held is shared out here, with other readers' records. */
  readonly room: RecordRoom
}

/**
 * Something that calls need of an account's records, in the form in which they need it.
 * @typeParam Value with undefined: what isn't there is no error
 */
export interface RecordUse<Reference, Value> {
  readonly idOf: (reference: Reference) => RecordId
  readonly read: (store: SecretReader, accountId: AccountId, reference: Reference) => Promise<Value>
  readonly bytes: (value: NonNullable<Value>) => number
  readonly isNamed: (snapshot: AccountSnapshot, id: RecordId) => boolean
}

/** Records as calls need them. They never change, so they are held until their account names them no more. */
export class RecordReader<Reference, Value extends object | string | undefined> {
  readonly #use: RecordUse<Reference, Value>
  readonly #cache: RecordCache<Reference, Value>

  constructor({ store, room }: RecordReaderOptions, use: RecordUse<Reference, Value>) {
    this.#use = use
    this.#cache = new RecordCache({
      room,
      load: (accountId, reference) => use.read(store, accountId, reference),
      bytes: use.bytes,
    })
  }

  /**
   * Answers at once if it is held. If it isn't there, the account was changed a moment ago.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, and what its {@link RecordUse} throws
   */
  get(accountId: AccountId, reference: Reference): MaybePromise<Value> {
    return this.#cache.get(accountId, this.#use.idOf(reference), reference)
  }

  cache(): CacheState {
    return this.#cache.state()
  }

  /** For {@link AccountReader.onLoaded}: lets go of what the account no longer names. */
  keepNamed(snapshot: AccountSnapshot): void {
    this.#cache.keep(snapshot.accountId, (id) => this.#use.isNamed(snapshot, id))
  }
}
