import type { Closable } from '@mtls-gateway/bulkhead'
import type { AccountId, CodedError } from '@mtls-gateway/domain'

/** What an account may have, and its targets divide. */
export interface AccountCalls {
  /** Calls that are with its targets. */
  readonly accountMaxCalls: number
  /** Calls that wait for others to end, and for how long at most. */
  readonly accountCallQueue: number
  readonly accountQueueTimeoutMs: number
}

/** One of those that divide the calls. */
export interface CalledTarget {
  /** In flight. */
  readonly calls: number
  /** Those of them that count towards its part. */
  readonly counted: number
  /** Its calls in the line. */
  waiting: number
  /** Counts a call that goes out. @returns what it is told when the call has ended */
  begin(): number
  /** What a call is told that was not let through. */
  refusal(): CodedError
}

/**
 * The most of its account that a target can take by hanging, answering once, and hanging again: each time, the calls
 * that hung before stop counting towards its part.
 */
const mostOfAccount = 3 / 4

interface Waiter {
  readonly target: CalledTarget
  grant(): void
  refuse(error: CodedError): void
}

/**
 * How the targets of an account divide its calls: each may have as many as the account has left. One that hangs gets a
 * half, and two of them a third each, so that something is left for the others. Places in the line are divided in the
 * same way.
 */
export class CallDivision {
  /** In flight, to all targets. */
  calls = 0
  /** Targets that have failed and not answered since. */
  failing = 0
  readonly accountId: AccountId
  readonly #limits: AccountCalls
  /** In the order of arrival. */
  readonly #line: Waiter[] = []

  constructor(accountId: AccountId, limits: AccountCalls) {
    this.accountId = accountId
    this.#limits = limits
  }

  hasRoom({ calls, counted }: CalledTarget): boolean {
    const { accountMaxCalls } = this.#limits
    return calls === 0 || (counted < accountMaxCalls - this.calls && calls < accountMaxCalls * mostOfAccount)
  }

  /** Resolves when the call may go out, and is counted. */
  lineUp(target: CalledTarget, until: Closable): Promise<number> {
    const { accountCallQueue, accountQueueTimeoutMs } = this.#limits
    if (target.waiting >= accountCallQueue - this.#line.length) throw target.refusal()
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        until.off('close', giveUp)
        this.#line.splice(this.#line.indexOf(waiter), 1)
        target.waiting -= 1
      }
      const waiter: Waiter = {
        target,
        grant: () => {
          leave()
          resolve(target.begin())
        },
        refuse: (error) => {
          leave()
          reject(error)
        },
      }
      const giveUp = () => waiter.refuse(target.refusal())
      const timer = setTimeout(giveUp, accountQueueTimeoutMs)
      until.once('close', giveUp)
      this.#line.push(waiter)
      target.waiting += 1
    })
  }

  /** A call has ended. */
  serveLine(): void {
    if (this.#line.length === 0) return
    for (const waiter of [...this.#line]) if (this.hasRoom(waiter.target)) waiter.grant()
  }

  /** Nobody waits for a target that is down. */
  refuseLine(target: CalledTarget, refusal: () => CodedError): void {
    for (const waiter of [...this.#line]) if (waiter.target === target) waiter.refuse(refusal())
  }
}
