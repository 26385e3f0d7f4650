import { type AppKey, type AppKeyName, formatAppKey } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccountReader, AppSecretReader } from '@mtls-gateway/registry'
import {
  type AppKeyCredential,
  type AppKeyMacs,
  type AppKeySource,
  hasMac,
  prepareAppKey,
} from '@mtls-gateway/request-auth'

/**
 * App keys of cached accounts, each prepared once while its account's copy is held. An invented key fails its MAC, so
 * it costs no look-up. A key that the account does not list costs no read of a secret.
 */
export class CachedAppKeys implements AppKeySource {
  readonly #accounts: AccountReader
  readonly #secrets: AppSecretReader
  readonly #macs: AppKeyMacs
  readonly #prepared = new WeakMap<AppKey, AppKeyCredential>()

  constructor(accounts: AccountReader, secrets: AppSecretReader, macs: AppKeyMacs) {
    this.#accounts = accounts
    this.#secrets = secrets
    this.#macs = macs
  }

  find(name: AppKeyName): MaybePromise<AppKeyCredential | 'revoked' | undefined> {
    const { accountId, id } = name
    if (this.#accounts.isRevoked(accountId, id)) return 'revoked'
    // A key in use needs no MAC: its account lists it.
    const appKey = this.#accounts.fresh(accountId)?.findAppKey(id)
    const prepared = appKey && this.#prepared.get(appKey)
    if (prepared) return prepared
    return andThen(this.#macs.mayExist(name), (mayExist) => (mayExist ? this.#load(name) : undefined))
  }

  /** Whatever has a right MAC was made by the gateway; of a key without one nobody can tell. */
  async #load(name: AppKeyName): Promise<AppKeyCredential | 'revoked' | undefined> {
    const { accountId, id } = name
    const appKey = await this.#listed(name)
    if (this.#accounts.isRevoked(accountId, id)) return 'revoked'
    if (!appKey) return hasMac(id) ? 'revoked' : undefined
    const known = this.#prepared.get(appKey)
    if (known) return known
    const secret = await this.#secrets.get(accountId, id)
    if (secret === undefined) return 'revoked'
    const { scopes, expiresAt, services } = appKey
    const credential = prepareAppKey({
      appKey: formatAppKey(accountId, id),
      secret,
      accountId,
      scopes,
      expiresAt,
      services,
    })
    this.#prepared.set(appKey, credential)
    return credential
  }

  async #listed({ accountId, id }: AppKeyName): Promise<AppKey | undefined> {
    const listed = (await this.#accounts.get(accountId))?.findAppKey(id)
    // Keys without a MAC are no longer made, so the copy is up to date.
    if (listed || !hasMac(id)) return listed
    // The key may have just been made: one look at the store, at most once in 5 s.
    return (await this.#accounts.revalidate(accountId))?.findAppKey(id)
  }
}
