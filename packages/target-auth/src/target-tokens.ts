import type { AccountId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { type Chance, type FetchToken, HeldToken } from './held-token.ts'

/** What a token is for. Uses that differ in any part of it share none. */
export interface TokenUse {
  readonly accountId: AccountId
  /** Names endpoint, client, secret, scope and the certificate version: equal only where all of them are. */
  readonly key: string
}

/** How many an account has at most: who uses more asks again for the one that was not used for longest. */
const mostOfAccount = 256

/**
 * The tokens of targets, in memory alone. An account's tokens take room from no other: each has so many at most, of
 * 64 KiB at most.
 */
export class TargetTokens {
  readonly #chance: Chance
  /** The one that was used last comes last. */
  readonly #accounts = new Map<AccountId, Map<string, HeldToken>>()

  constructor(chance: Chance = { now: Date.now, random: Math.random }) {
    this.#chance = chance
  }

  /** Without a promise where the token is held. Throws or rejects with what `fetch` has rejected with. */
  get({ accountId, key }: TokenUse, fetch: FetchToken): MaybePromise<string> {
    const tokens = this.#accounts.get(accountId) ?? new Map<string, HeldToken>()
    this.#accounts.set(accountId, tokens)
    const held = tokens.get(key) ?? new HeldToken(fetch, this.#chance)
    tokens.delete(key)
    tokens.set(key, held)
    if (tokens.size > mostOfAccount) {
      const [oldest = ''] = tokens.keys()
      this.#forget(tokens, oldest)
    }
    return held.get(fetch)
  }

  /** The target has answered 401: the next call has a new one, once in a minute. */
  refused({ accountId, key }: TokenUse, token: string): void {
    this.#accounts.get(accountId)?.get(key)?.refuse(token)
  }

  /** Forgets all of an account that are not in use any more: their mapping, secret or certificate version has gone. */
  retain(accountId: AccountId, isInUse: (key: string) => boolean): void {
    const tokens = this.#accounts.get(accountId)
    if (tokens === undefined) return
    for (const key of [...tokens.keys()]) if (!isInUse(key)) this.#forget(tokens, key)
    if (tokens.size === 0) this.#accounts.delete(accountId)
  }

  close(): void {
    for (const accountId of [...this.#accounts.keys()]) this.retain(accountId, () => false)
  }

  #forget(tokens: Map<string, HeldToken>, key: string): void {
    tokens.get(key)?.close()
    tokens.delete(key)
  }
}
