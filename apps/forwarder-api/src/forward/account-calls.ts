import type { ServerResponse } from 'node:http'
import { type AccountId, CodedError } from '@mtls-gateway/domain'

export interface AccountCallLimits {
  /** Calls of one account that are with their targets at once. */
  readonly maxCalls: number
  /** Calls of one account that wait for one of these to end. */
  readonly maxWaiting: number
  readonly maxWaitMs: number
}

/** The calls of one account: how many are with their targets, and those that wait, the longest first. */
interface Lane {
  running: number
  readonly waiting: Set<() => void>
}

/** Keeps an account whose targets hang from taking the connections and the memory that the others need. */
export class AccountCalls {
  readonly #limits: AccountCallLimits
  /** Of accounts with calls. */
  readonly #lanes = new Map<AccountId, Lane>()

  constructor(limits: AccountCallLimits) {
    this.#limits = limits
  }

  /**
   * Runs the call when the account's turn comes, in the order of arrival.
   *
   * Rejects with CodedError `TOO_MANY_CALLS` where too many wait already, none ended in time, or the caller left meanwhile; else as
   * the call does.
   */
  async run(accountId: AccountId, response: ServerResponse, call: () => Promise<void>): Promise<void> {
    const lane = this.#lane(accountId)
    if (lane.running >= this.#limits.maxCalls) await this.#wait(lane, response)
    else lane.running += 1
    try {
      await call()
    } finally {
      this.#leave(accountId, lane)
    }
  }

  #lane(accountId: AccountId): Lane {
    const known = this.#lanes.get(accountId)
    if (known) return known
    const lane: Lane = { running: 0, waiting: new Set() }
    this.#lanes.set(accountId, lane)
    return lane
  }

  /** Resolves with the place of a call that has ended. */
  #wait({ waiting }: Lane, response: ServerResponse): Promise<void> {
    const { maxWaiting, maxWaitMs } = this.#limits
    if (waiting.size >= maxWaiting) throw tooManyCalls()
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        response.off('close', giveUp)
        waiting.delete(go)
      }
      const go = () => {
        stop()
        resolve()
      }
      const giveUp = () => {
        stop()
        reject(tooManyCalls())
      }
      const timer = setTimeout(giveUp, maxWaitMs)
      response.once('close', giveUp)
      waiting.add(go)
    })
  }

  #leave(accountId: AccountId, lane: Lane): void {
    const [next] = lane.waiting
    if (next) next()
    else {
      lane.running -= 1
      if (lane.running === 0) this.#lanes.delete(accountId)
    }
  }
}

function tooManyCalls(): CodedError {
  return new CodedError(
    'TOO_MANY_CALLS',
    'Too many calls of this account are in flight. Wait for some to end and try again.',
    { retryAfterSeconds: 1 },
  )
}
