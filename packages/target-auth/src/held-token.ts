import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { AccessToken } from './token-endpoint.ts'

/** Milliseconds since some time, and a number from 0 to 1. */
export interface Chance {
  readonly now: () => number
  readonly random: () => number
}

/** Takes about as long as an endpoint takes to answer; rejects with why there is no token. */
export type FetchToken = () => Promise<AccessToken>

/** The part of a token's life in which no new one is asked for. */
const usedShare = 0.9
/** Asked for at least so long before the end, of tokens that last a minute or longer. */
const leadMs = 30_000
/** Tokens that came together are not renewed together. */
const jitterShare = 0.05
const shortestRestMs = 1_000
const longestRestMs = 60_000
/** A target that refuses whatever token it gets causes one request in this time. */
const refusalRestMs = 60_000
const longestTimerMs = 2 ** 31 - 1

interface Kept {
  readonly token: string
  readonly endsAt: number
  readonly renewAt: number
}

/**
 * One token: asked for once by all who wait for it, and again before it ends while calls use it. While the endpoint
 * fails, it rests between attempts, longer each time; a token that is still good is used meanwhile.
 */
export class HeldToken {
  readonly #chance: Chance
  #fetch: FetchToken
  #kept: Kept | undefined
  #fetching: Promise<string> | undefined
  #failure: unknown
  #restMs = 0
  #restsUntil = Number.NEGATIVE_INFINITY
  #refusableAt = Number.NEGATIVE_INFINITY
  #isUsed = false
  #timer: NodeJS.Timeout | undefined

  constructor(fetch: FetchToken, chance: Chance) {
    this.#fetch = fetch
    this.#chance = chance
  }

  /** The token that is held; without one, rejects or throws with why the endpoint gave none. */
  get(fetch: FetchToken): MaybePromise<string> {
    const now = this.#chance.now()
    this.#fetch = fetch
    this.#isUsed = true
    const kept = this.#kept
    if (kept !== undefined && now < kept.endsAt) {
      if (now >= kept.renewAt) this.#renewAhead()
      return kept.token
    }
    if (this.#fetching !== undefined) return this.#fetching
    if (now < this.#restsUntil) throw this.#failure
    return this.#ask()
  }

  /** The target does not accept this token: it is given to nobody any more, once in a minute. */
  refuse(token: string): void {
    const now = this.#chance.now()
    if (this.#kept?.token !== token || now < this.#refusableAt) return
    this.#refusableAt = now + refusalRestMs
    this.#drop()
  }

  close(): void {
    this.#drop()
  }

  #drop(): void {
    clearTimeout(this.#timer)
    this.#kept = undefined
  }

  #renewAhead(): void {
    if (this.#fetching !== undefined || this.#chance.now() < this.#restsUntil) return
    // Whoever needs a token and finds none is told what has failed.
    this.#ask().catch(() => {})
  }

  #ask(): Promise<string> {
    const fetching = this.#fetch().then(
      (token) => this.#keep(token),
      (error: unknown) => this.#rest(error),
    )
    this.#fetching = fetching
    return fetching
  }

  #keep({ token, expiresIn }: AccessToken): string {
    const now = this.#chance.now()
    const lifeMs = expiresIn === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresIn * 1_000)
    const usedMs = lifeMs >= 2 * leadMs ? Math.min(lifeMs * usedShare, lifeMs - leadMs) : lifeMs * usedShare
    const inUseMs = usedMs - lifeMs * jitterShare * this.#chance.random()
    this.#drop()
    this.#fetching = undefined
    this.#restMs = 0
    this.#isUsed = false
    this.#kept = {
      token,
      endsAt: now + lifeMs,
      renewAt: now + (lifeMs === Number.POSITIVE_INFINITY ? lifeMs : inUseMs),
    }
    if (inUseMs <= longestTimerMs) this.#timer = setTimeout(() => this.#isUsed && this.#renewAhead(), inUseMs).unref()
    return token
  }

  #rest(error: unknown): never {
    this.#fetching = undefined
    this.#failure = error
    this.#restMs = Math.min(longestRestMs, Math.max(shortestRestMs, this.#restMs * 2))
    this.#restsUntil = this.#chance.now() + this.#restMs
    throw error
  }
}
