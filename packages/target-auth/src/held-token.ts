import { isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccessToken } from './token-endpoint.ts'
import { TokenFailure } from './token-failure.ts'

/** Milliseconds since some time, and a number from 0 to 1. */
export interface Chance {
  readonly now: () => number
  readonly random: () => number
}

/** Takes about as long as an endpoint takes to answer; rejects with a TokenFailure where that gives none. */
export type FetchToken = () => Promise<AccessToken>

/** The part of a token's life in which no new one is asked for. */
const usedShare = 0.9
/** Asked for at least so long before the end, of tokens that last a minute or longer. */
const leadMs = 30_000
/** Tokens that came together are not renewed together. */
const jitterShare = 0.05
/** An endpoint that gives tokens of no life at all is not asked for each call. */
const shortestLifeMs = 1_000
/** An endpoint may say any number, and dates only go so far. */
const longestLifeMs = 365 * 86_400_000
const shortestRestMs = 1_000
const longestRestMs = 60_000
/** A target that refuses whatever token it gets causes one request in this time. */
const refusalRestMs = 60_000

interface Kept {
  readonly token: string
  readonly endsAt: number
  readonly renewAt: number
}

/** What is known of a token without asking for one. */
export type TokenState =
  | { readonly state: 'none' }
  /** `until` in milliseconds, on the clock of {@link Chance}; undefined: the endpoint has not said. */
  | { readonly state: 'held'; readonly until: number | undefined }
  | { readonly state: 'failed'; readonly failure: TokenFailure }

/**
 * One token: asked for once by all who wait for it, and again by the first who uses it shortly before its end. While
 * the endpoint fails, it rests between attempts, longer each time; a token that is still good is used meanwhile.
 */
export class HeldToken {
  readonly #chance: Chance
  readonly #onKept: (characters: number) => void
  #kept: Kept | undefined
  #isRefused = false
  #fetching: Promise<string> | undefined
  /** Never rejects. */
  #preparing: Promise<void> | undefined
  #failure: TokenFailure | undefined
  #restMs = 0
  #restsUntil = Number.NEGATIVE_INFINITY
  #refusableAt = Number.NEGATIVE_INFINITY
  #isForgotten = false

  /** @param onKept told how long the token is that is kept from now on */
  constructor(chance: Chance, onKept: (characters: number) => void) {
    this.#chance = chance
    this.#onKept = onKept
  }

  /** The token that is held; without one, rejects or throws with why there is none. */
  get(fetch: FetchToken): MaybePromise<string> {
    const now = this.#chance.now()
    const kept = this.#kept
    const rests = now < this.#restsUntil
    if (kept === undefined || now >= kept.endsAt) {
      if (this.#preparing !== undefined) return this.#preparing.then(() => this.get(fetch))
      if (this.#fetching === undefined && rests && this.#failure !== undefined) throw this.#failure
      return this.#fetching ?? this.#ask(fetch)
    }
    if (!this.#isRefused && now < kept.renewAt) return kept.token
    const renewing = this.#fetching ?? (rests ? kept.token : this.#ask(fetch))
    if (!isPromise(renewing)) return renewing
    // Whoever needs a new one and finds none is told what has failed.
    const renewed = renewing.catch(() => kept.token)
    return this.#isRefused ? renewed : kept.token
  }

  /** Asks for a token before any call needs it. If there is none, the first call that needs it asks again. */
  prepare(fetch: FetchToken): void {
    this.#preparing ??= fetch().then(
      (token) => {
        this.#preparing = undefined
        this.#keep(token)
      },
      () => {
        this.#preparing = undefined
      },
    )
  }

  get state(): TokenState {
    const kept = this.#kept
    if (kept !== undefined && this.#chance.now() < kept.endsAt) {
      return { state: 'held', until: kept.endsAt === Number.POSITIVE_INFINITY ? undefined : kept.endsAt }
    }
    return this.#failure === undefined ? { state: 'none' } : { state: 'failed', failure: this.#failure }
  }

  /**
   * The target does not accept this token, or only not for what was called: whoever calls next waits for a new one, and
   * has this one if there is none. Once in a minute.
   */
  refuse(token: string): void {
    const now = this.#chance.now()
    if (this.#kept?.token !== token || now < this.#refusableAt) return
    this.#refusableAt = now + refusalRestMs
    this.#isRefused = true
  }

  /** What comes from now on is given to those who wait for it, and not kept. */
  forget(): void {
    this.#isForgotten = true
    this.#kept = undefined
  }

  #ask(fetch: FetchToken): Promise<string> {
    const fetching = fetch().then(
      (token) => {
        this.#fetching = undefined
        return this.#keep(token)
      },
      (error: unknown) => {
        this.#fetching = undefined
        return this.#rest(error)
      },
    )
    this.#fetching = fetching
    return fetching
  }

  #keep({ token, expiresIn }: AccessToken): string {
    if (this.#isForgotten) return token
    const now = this.#chance.now()
    const lifeMs = expiresIn === undefined ? Number.POSITIVE_INFINITY : lifeMsOf(expiresIn)
    const usedMs = lifeMs >= 2 * leadMs ? Math.min(lifeMs * usedShare, lifeMs - leadMs) : lifeMs * usedShare
    const jitterMs = lifeMs === Number.POSITIVE_INFINITY ? 0 : lifeMs * jitterShare * this.#chance.random()
    this.#kept = { token, endsAt: now + lifeMs, renewAt: now + usedMs - jitterMs }
    this.#isRefused = false
    this.#failure = undefined
    this.#restMs = 0
    this.#onKept(token.length)
    return token
  }

  /** Only what the endpoint has done is waited over: what failed here may be over at once. */
  #rest(error: unknown): never {
    if (error instanceof TokenFailure) {
      this.#failure = error
      this.#restMs = Math.min(longestRestMs, Math.max(shortestRestMs, this.#restMs * 2))
      this.#restsUntil = this.#chance.now() + this.#restMs
    }
    throw error
  }
}

function lifeMsOf(expiresIn: number): number {
  return Math.min(longestLifeMs, Math.max(shortestLifeMs, expiresIn * 1_000))
}
