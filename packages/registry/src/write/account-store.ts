import { type Account, type AccountId, type AppKey, emptyAccount } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, isStoreError, type SecretStore, type SecretValue } from '@mtls-gateway/secret-store'
import { type AccountBlocks, accountFull, encodeAccount, readAccount, readAppKeys } from '../format/account-codec.ts'

export interface StoredAccount {
  readonly account: Account
  /** The version of the stored secret, for the compare-and-set; 0 if there is none. Not the account's revision. */
  readonly version: number
  /** What it was read from; undefined of a small account. */
  readonly blocks?: AccountBlocks | undefined
  /** What a later release has added beside the account. */
  readonly added?: SecretValue | undefined
}

/** Account documents as they are in the store, nothing cached. */
export class AccountStore {
  readonly #store: SecretStore
  readonly #slices = new TimeSlices()

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** One that was never written is empty. @throws StoreError; CodedError `STORE_NEWER` */
  async read(accountId: AccountId): Promise<StoredAccount> {
    const stored = await this.#store.get(accountPath(accountId))
    if (stored === undefined) return { account: emptyAccount(accountId), version: 0 }
    return { ...(await readAccount(stored.value, accountId, this.#slices)), version: stored.version }
  }

  /** None for an account that was never written. @throws as {@link read} */
  async appKeys(accountId: AccountId): Promise<readonly AppKey[]> {
    const stored = await this.#store.get(accountPath(accountId))
    return stored === undefined ? [] : readAppKeys(stored.value, accountId, this.#slices)
  }

  /** @throws StoreError `conflict`, `unavailable`, ...; CodedError `ACCOUNT_FULL` */
  async replace({ account, version, blocks, added }: StoredAccount, next: Account): Promise<void> {
    const shrinks = recordCount(next) < recordCount(account)
    const value = await encodeAccount(next, this.#slices, { shrinks, before: blocks, added })
    try {
      await this.#store.put(accountPath(next.accountId), value, version)
    } catch (error) {
      throw isStoreError(error, 'too-large') ? accountFull(error) : error
    }
  }
}

function recordCount(account: Account): number {
  return account.certificates.length + account.mappings.length + account.appKeys.length
}
