import type { AccountId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { type Chance, type FetchToken, HeldToken, type TokenState } from './held-token.ts'

/** What a token is for. Uses that differ in any part of it share none. */
export interface TokenUse {
  readonly accountId: AccountId
  /** Names endpoint, client, secret, scope and the certificate version: equal only where all of them are. */
  readonly key: string
}

export interface TargetTokensOptions {
  /** About how much of the heap all tokens take. */
  readonly maxBytes: number
  readonly chance?: Chance
}

interface Entry {
  readonly token: HeldToken
  bytes: number
  /** Counts up with each use of any token. */
  lastUse: number
}

interface AccountTokens {
  readonly held: Map<string, Entry>
  bytes: number
}

/** Milliseconds since 1970, by a clock that never goes back: else a token that has ended would be used for as long. */
const steadyNow = () => performance.timeOrigin + performance.now()
/** How many an account has at most: who uses more asks again for the one that was not used for longest. */
const mostOfAccount = 256
/** About what a token takes beside itself and its key. */
const entryBytes = 600

/** The tokens of targets, in memory alone. Where there is no room, the account that has the most loses its oldest. */
export class TargetTokens {
  readonly #maxBytes: number
  readonly #chance: Chance
  readonly #accounts = new Map<AccountId, AccountTokens>()
  #bytes = 0
  #uses = 0

  constructor({ maxBytes, chance = { now: steadyNow, random: Math.random } }: TargetTokensOptions) {
    this.#maxBytes = maxBytes
    this.#chance = chance
  }

  /** About what all of them take of the heap. */
  get bytes(): number {
    return this.#bytes
  }

  /** Without a promise where the token is held. Throws or rejects with what `fetch` has rejected with. */
  get(use: TokenUse, fetch: FetchToken): MaybePromise<string> {
    return this.#tokenFor(use).get(fetch)
  }

  /**
   * Asks for a token before any call needs it, also where one is held. What fails is left to the call, and so is what
   * would take the place of a token that calls use.
   */
  prepare(use: TokenUse, fetch: FetchToken): void {
    const held = this.#accounts.get(use.accountId)?.held
    if (held !== undefined && held.size >= mostOfAccount && !held.has(use.key)) return
    this.#tokenFor(use).prepare(fetch)
  }

  /** Undefined: it was not asked for, or is forgotten. */
  stateOf({ accountId, key }: TokenUse): TokenState | undefined {
    return this.#accounts.get(accountId)?.held.get(key)?.token.state
  }

  /** What its tokens are for; also those that are being asked for, or could not be got. */
  keysOf(accountId: AccountId): readonly string[] {
    return [...(this.#accounts.get(accountId)?.held.keys() ?? [])]
  }

  /** The target has answered 401: the next call has a new one if the endpoint gives one, once in a minute. */
  refused({ accountId, key }: TokenUse, token: string): void {
    this.#accounts.get(accountId)?.held.get(key)?.token.refuse(token)
  }

  /** Forgets all of an account that are not in use any more: their mapping, secret or certificate version has gone. */
  retain(accountId: AccountId, isInUse: (key: string) => boolean): void {
    const account = this.#accounts.get(accountId)
    if (account === undefined) return
    for (const key of [...account.held.keys()]) if (!isInUse(key)) this.#forget(accountId, account, key)
  }

  #tokenFor({ accountId, key }: TokenUse): HeldToken {
    const entry = this.#accounts.get(accountId)?.held.get(key) ?? this.#newEntry(accountId, key)
    entry.lastUse = this.#uses++
    return entry.token
  }

  #newEntry(accountId: AccountId, key: string): Entry {
    const account = this.#accounts.get(accountId) ?? { held: new Map(), bytes: 0 }
    this.#accounts.set(accountId, account)
    if (account.held.size >= mostOfAccount) this.#forgetOldest(accountId, account)
    const bytes = entryBytes + 2 * key.length
    const token = new HeldToken(this.#chance, (characters) => {
      this.#weigh(account, entry, bytes + characters)
      this.#makeRoom()
    })
    const entry: Entry = { token, bytes: 0, lastUse: this.#uses }
    account.held.set(key, entry)
    this.#weigh(account, entry, bytes)
    // Also for those that never come: what is remembered of an endpoint that fails takes room as well.
    this.#makeRoom()
    return entry
  }

  #weigh(account: AccountTokens, entry: { bytes: number }, bytes: number): void {
    account.bytes += bytes - entry.bytes
    this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  #makeRoom(): void {
    while (this.#bytes > this.#maxBytes) {
      const accounts = [...this.#accounts]
      const [accountId, account] = accounts.reduce((most, each) => (each[1].bytes > most[1].bytes ? each : most))
      this.#forgetOldest(accountId, account)
    }
  }

  #forgetOldest(accountId: AccountId, account: AccountTokens): void {
    const [oldest] = [...account.held].reduce((first, each) => (each[1].lastUse < first[1].lastUse ? each : first))
    this.#forget(accountId, account, oldest)
  }

  #forget(accountId: AccountId, account: AccountTokens, key: string): void {
    const entry = account.held.get(key)
    if (entry === undefined) return
    entry.token.forget()
    account.held.delete(key)
    this.#weigh(account, entry, 0)
    if (account.held.size === 0) this.#accounts.delete(accountId)
  }
}
