import { type Account, type AccountId, type SigningKey, settingsOf } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

/** Anybody can ask, as often as the throttle lets them: an account is read for that once in this time. */
const heldMs = 1_000
const mostHeld = 1_000

interface Held {
  readonly published: readonly SigningKey[] | undefined
}

/** The signing keys of accounts that let everybody read them. */
export class PublishedKeyReader {
  readonly #held: LRUCache<AccountId, Held>

  /** @param read what is known of an account without its certificates and mappings */
  constructor(read: (accountId: AccountId) => Promise<Pick<Account, 'signingKeys' | 'settings'>>) {
    this.#held = new LRUCache<AccountId, Held>({
      max: mostHeld,
      ttl: heldMs,
      // Whoever asks gets an answer, even if others have asked for so many accounts since that this one is not kept.
      ignoreFetchAbort: true,
      fetchMethod: async (accountId) => {
        const { signingKeys = [], settings } = await read(accountId)
        const { publishKeys } = settingsOf(settings === undefined ? {} : { settings })
        return { published: publishKeys ? signingKeys : undefined }
      },
    })
  }

  /**
   * Undefined: there is no such account, or it publishes none.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  async of(accountId: AccountId): Promise<readonly SigningKey[] | undefined> {
    return (await this.#held.fetch(accountId))?.published
  }
}
