import type { AppKeyName } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import { hasMac, isMacRight, isOldId, type MacKey, macKeyNumber } from './app-key-mac.ts'
import { HmacKey } from './hmac-key.ts'

export interface AppKeyMacsOptions {
  /** The MAC keys that the store has now. */
  readonly load: () => Promise<readonly MacKey[]>
  /** Whether app keys from before the MAC are accepted. */
  readonly oldKeys: 'accept' | 'refuse'
  /** In milliseconds. */
  readonly clock?: () => number
}

/** How soon the store is asked again for a MAC key that it did not have, or after a failure. */
const absentMs = 5_000
const failedMs = 500

/** Tells invented app keys, and secrets of invitations, from those that the gateway has made, before any look-up. */
export class AppKeyMacs {
  readonly #load: () => Promise<readonly MacKey[]>
  readonly #takesOldKeys: boolean
  readonly #clock: () => number
  readonly #keys = new Map<number, HmacKey>()
  #generation = 0
  /** The last request to the store for a key that is not held. */
  #look: { readonly outcome: Promise<void>; settled: boolean; until: number } | undefined

  constructor({ load, oldKeys, clock = () => performance.now() }: AppKeyMacsOptions) {
    this.#load = load
    this.#takesOldKeys = oldKeys === 'accept'
    this.#clock = clock
  }

  /** Loads the keys early, so that the first request need not wait. If that fails, they are loaded when needed. */
  prefetch(): void {
    this.#read().catch(() => {})
  }

  /** The store was put back to an older copy, which may have other keys under the same numbers. */
  forget(): void {
    this.#generation++
    this.#keys.clear()
    this.#look = undefined
  }

  /** Goes up with each {@link forget}. */
  get generation(): number {
    return this.#generation
  }

  /** @param generation when the read of them began: before the last {@link forget}, they are another state's */
  learn(keys: readonly MacKey[], generation = this.#generation): void {
    if (generation !== this.#generation) return
    for (const { number, key } of keys) {
      if (!this.#keys.has(number)) this.#keys.set(number, new HmacKey(Buffer.from(key)))
    }
  }

  /**
   * False for an app key that the gateway has not made. One that it has made may have been deleted since, and only the
   * store knows about one without a MAC. Returns without a promise if the MAC key is held.
   * Rejects with whatever `load` rejects with.
   */
  mayExist(name: AppKeyName): MaybePromise<boolean> {
    if (!hasMac(name.id)) return this.#takesOldKeys && isOldId(name.id)
    return this.check(macKeyNumber(name.id), (key) => isMacRight(name, key))
  }

  /**
   * Whether something has the right MAC, which is said of the MAC key that it names; false if there is no such key.
   * Returns and rejects like {@link mayExist}.
   */
  check(number: number, isRight: (key: HmacKey) => boolean): MaybePromise<boolean> {
    const key = this.#keys.get(number)
    if (key !== undefined) return isRight(key)
    const generation = this.#generation
    return andThen(this.#lookOnce(), () => {
      if (generation !== this.#generation) return this.check(number, isRight)
      const found = this.#keys.get(number)
      return found !== undefined && isRight(found)
    })
  }

  /** One read for all who wait, and no other one soon: invented numbers of MAC keys must not cause reads. */
  #lookOnce(): MaybePromise<void> {
    if (this.#look !== undefined && (!this.#look.settled || this.#clock() < this.#look.until)) return this.#look.outcome
    const look = { outcome: this.#read(), settled: false, until: 0 }
    const settle = (ms: number) => {
      look.settled = true
      look.until = this.#clock() + ms
    }
    look.outcome.then(
      () => settle(absentMs),
      () => settle(failedMs),
    )
    this.#look = look
    return look.outcome
  }

  async #read(): Promise<void> {
    const generation = this.#generation
    this.learn(await this.#load(), generation)
  }
}
