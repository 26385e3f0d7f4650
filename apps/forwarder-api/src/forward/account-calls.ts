import type { ServerResponse } from 'node:http'
import { type AccountId, CodedError, type MaybePromise } from '@mtls-gateway/domain'

export interface AccountCallLimits {
  /** Calls of one account that are with their targets at once. */
  readonly maxCalls: number
  /** Calls of one account that wait for one of these to end. */
  readonly maxWaiting: number
  readonly maxWaitMs: number
}

/** The place of a call among those of its account. */
export interface CallPlace {
  /** To be called once, when the call has ended. */
  leave(): void
}

/** Some 100 bytes each. */
const keptLanes = 10_000

/** Keeps an account whose targets hang from taking the connections and the memory that the others need. */
export class AccountCalls {
  readonly #limits: AccountCallLimits
  /** Of accounts with calls, and of some more: most are back soon, and to make and drop one with each call costs more than to keep it. */
  readonly #lanes = new Map<AccountId, Lane>()

  constructor(limits: AccountCallLimits) {
    this.#limits = limits
  }

  /**
   * A place for a call, as soon as it is the account's turn, in the order of arrival.
   * @throws CodedError `TOO_MANY_CALLS` where too many wait already (or rejects with it: none ended in time, or the caller left)
   */
  enter(accountId: AccountId, response: ServerResponse): MaybePromise<CallPlace> {
    let lane = this.#lanes.get(accountId)
    if (!lane) {
      lane = new Lane(this.#limits, () => this.#drop(accountId))
      this.#lanes.set(accountId, lane)
    }
    return lane.enter(response)
  }

  #drop(accountId: AccountId): void {
    if (this.#lanes.size > keptLanes) this.#lanes.delete(accountId)
  }
}

/** The calls of one account: how many are with their targets, and those that wait, the longest first. */
class Lane implements CallPlace {
  readonly #limits: AccountCallLimits
  readonly #onEmpty: () => void
  /** The one that has waited longest first. No Set: see `OpenRequests`. */
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: AccountCallLimits, onEmpty: () => void) {
    this.#limits = limits
    this.#onEmpty = onEmpty
  }

  enter(response: ServerResponse): MaybePromise<CallPlace> {
    if (this.#running >= this.#limits.maxCalls) return this.#wait(response)
    this.#running += 1
    return this
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else {
      this.#running -= 1
      if (this.#running === 0) this.#onEmpty()
    }
  }

  /** Resolves with the place of a call that has ended. */
  #wait(response: ServerResponse): Promise<CallPlace> {
    const { maxWaiting, maxWaitMs } = this.#limits
    const waiting = this.#waiting
    if (waiting.length >= maxWaiting) throw tooManyCalls()
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        response.off('close', giveUp)
      }
      const go = () => {
        stop()
        resolve(this)
      }
      const giveUp = () => {
        stop()
        waiting.splice(waiting.indexOf(go), 1)
        reject(tooManyCalls())
      }
      const timer = setTimeout(giveUp, maxWaitMs)
      response.once('close', giveUp)
      waiting.push(go)
    })
  }
}

function tooManyCalls(): CodedError {
  return new CodedError(
    'TOO_MANY_CALLS',
    'Too many calls of this account are in flight. Wait for some to end and try again.',
    { retryAfterSeconds: 1 },
  )
}
