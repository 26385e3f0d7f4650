import { type AppKeyName, formatAppKey } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccountWriter, AppSecretReader } from '@mtls-gateway/registry'
import {
  type AppKeyCredential,
  type AppKeyMacs,
  type AppKeySource,
  hasMac,
  prepareAppKey,
  signingKey,
  type UnconfirmedAppKey,
} from '@mtls-gateway/request-auth'

/**
 * App keys as the store has them now. An invented key fails its MAC, so it costs no look-up; one from before the MAC
 * costs a read while such keys are accepted (`APP_KEYS_WITHOUT_MAC`). Secrets never change, so those of the last keys
 * are held: a wrong signature, which anybody can make, seldom costs a read. Only a right one costs the account, whose
 * document may be large. The record of a deleted key may remain, so the account decides whether it still exists.
 */
export class StoredAppKeys implements AppKeySource {
  readonly #writer: AccountWriter
  readonly #secrets: AppSecretReader
  readonly #macs: AppKeyMacs

  constructor(writer: AccountWriter, secrets: AppSecretReader, macs: AppKeyMacs) {
    this.#writer = writer
    this.#secrets = secrets
    this.#macs = macs
  }

  find(name: AppKeyName): MaybePromise<UnconfirmedAppKey | 'revoked' | undefined> {
    return andThen(this.#macs.mayExist(name), (mayExist) =>
      mayExist ? andThen(this.#secrets.get(name.accountId, name.id), (secret) => this.#of(name, secret)) : undefined,
    )
  }

  #of(name: AppKeyName, secret: string | undefined): UnconfirmedAppKey | 'revoked' | undefined {
    if (secret !== undefined) return { signingKey: signingKey(secret), confirm: () => this.#confirm(name, secret) }
    // Whatever has a right MAC was made here; of a key without one nobody can tell.
    return hasMac(name.id) ? 'revoked' : undefined
  }

  async #confirm({ accountId, id }: AppKeyName, secret: string): Promise<AppKeyCredential | undefined> {
    const { appKeys } = await this.#writer.credentials(accountId)
    const appKey = appKeys.find((candidate) => candidate.id === id)
    if (appKey === undefined) return undefined
    const { scopes, expiresAt, services } = appKey
    return prepareAppKey({ appKey: formatAppKey(accountId, id), secret, accountId, scopes, expiresAt, services })
  }
}
