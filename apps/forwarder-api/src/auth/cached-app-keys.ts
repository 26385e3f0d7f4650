import type { MaybePromise } from '@mtls-gateway/coordination'
import { type AccountId, type AppKey, type AppKeyName, formatAppKey, type RecordId } from '@mtls-gateway/domain'
import type { AccountReader, AccountSnapshot, AppSecretReader } from '@mtls-gateway/registry'
import { type AppKeyCredential, type AppKeySource, prepareAppKey } from '@mtls-gateway/request-auth'

/**
 * App keys of cached accounts, each prepared once for as long as its account's copy is held. A key that the account does not
 * list costs no read of a secret.
 */
export class CachedAppKeys implements AppKeySource {
  readonly #accounts: AccountReader
  readonly #secrets: AppSecretReader
  readonly #prepared = new WeakMap<AppKey, AppKeyCredential>()

  constructor(accounts: AccountReader, secrets: AppSecretReader) {
    this.#accounts = accounts
    this.#secrets = secrets
  }

  find({ accountId, id }: AppKeyName): MaybePromise<AppKeyCredential | undefined> {
    if (this.#accounts.isRevoked(accountId, id)) return undefined
    const account = this.#accounts.get(accountId)
    const appKey = account && 'findAppKey' in account ? account.findAppKey(id) : undefined
    return (appKey && this.#prepared.get(appKey)) ?? this.#load(accountId, id, account)
  }

  async #load(
    accountId: AccountId,
    id: RecordId,
    account: MaybePromise<AccountSnapshot | undefined>,
  ): Promise<AppKeyCredential | undefined> {
    // The account may have got the key a moment ago: one look at the store, at most once in 5 s.
    const appKey = (await account)?.findAppKey(id) ?? (await this.#accounts.revalidate(accountId))?.findAppKey(id)
    if (!appKey || this.#accounts.isRevoked(accountId, id)) return undefined
    const known = this.#prepared.get(appKey)
    if (known) return known
    const secret = await this.#secrets.get(accountId, id)
    if (secret === undefined) return undefined
    const { scopes, expiresAt } = appKey
    const credential = prepareAppKey({ appKey: formatAppKey(accountId, id), secret, accountId, scopes, expiresAt })
    this.#prepared.set(appKey, credential)
    return credential
  }
}
