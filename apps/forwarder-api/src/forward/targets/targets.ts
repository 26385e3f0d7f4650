import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { TransportCode } from '@mtls-gateway/outbound'
import type { CircuitSettings } from './circuit.ts'
import { type CallingAccount, Target, type TargetWatch } from './target.ts'

export interface TargetsOptions {
  /** The pool `forward-calls`. */
  readonly calls: Bulkhead
  /** What one account has of it at most. */
  readonly accountMaxCalls: number
  readonly circuits: CircuitSettings
  readonly onOpened?: (accountId: AccountId, origin: string, failure: TransportCode) => void
  readonly onClosed?: (accountId: AccountId, origin: string) => void
  /** Milliseconds that never go back. */
  readonly now?: () => number
}

export interface TargetsState {
  readonly openCircuits: number
  /** Since the start. */
  readonly opened: number
  readonly closed: number
  readonly refusedByLimit: number
  readonly refusedByCircuit: number
  /** Calls in flight to the target that has the most. */
  readonly busiest: number
}

/** Idle ones, some 200 bytes each: most are called again soon, and keeping one costs less than making it. */
const keptTargets = 10_000
const lookMs = 60_000
/** An idle target is forgotten at the second look, one that has failed after ten minutes. */
const looksUntilForgotten = 2
const looksUntilFailuresForgotten = 10

/** The targets of an account that are known at the moment. */
class AccountTargets implements CallingAccount {
  readonly accountId: AccountId
  readonly byOrigin = new Map<string, Target>()
  /** That of the last call: if there is but one, it need not be looked up. */
  last: Target | undefined
  calls = 0
  failing = 0

  constructor(accountId: AccountId) {
    this.accountId = accountId
  }
}

/** The targets of all accounts that have calls, had some lately, or have failed. */
export class Targets {
  readonly #accounts = new Map<AccountId, AccountTargets>()
  readonly #watch: TargetWatch
  #size = 0
  #looked: number
  #opened = 0
  #closed = 0
  #refusedByLimit = 0
  #refusedByCircuit = 0

  constructor({ onOpened, onClosed, now = () => performance.now(), ...shared }: TargetsOptions) {
    this.#looked = now()
    this.#watch = {
      ...shared,
      now,
      onRefused: (reason) => {
        if (reason === 'limit') this.#refusedByLimit += 1
        else this.#refusedByCircuit += 1
      },
      onOpened: ({ account, origin }, { lastFailure }) => {
        this.#opened += 1
        onOpened?.(account.accountId, origin, lastFailure)
      },
      onClosed: ({ account, origin }) => {
        this.#closed += 1
        onClosed?.(account.accountId, origin)
      },
      onLeft: (target) => {
        if (this.#size > keptTargets && target.isIdle && !target.hasFailed) this.#forget(target)
      },
    }
  }

  /** To be called in the same tick: an idle target may be forgotten. */
  of(accountId: AccountId, origin: string): Target {
    const account = this.#accounts.get(accountId)
    if (account === undefined) return this.#add(accountId, origin)
    if (account.last?.origin === origin) return account.last
    const target = account.byOrigin.get(origin) ?? this.#add(accountId, origin)
    account.last = target
    return target
  }

  state(): TargetsState {
    this.#forgetIdle()
    let openCircuits = 0
    let busiest = 0
    for (const target of this.#all()) {
      if (target.isOpen) openCircuits += 1
      busiest = Math.max(busiest, target.calls)
    }
    return {
      openCircuits,
      busiest,
      opened: this.#opened,
      closed: this.#closed,
      refusedByLimit: this.#refusedByLimit,
      refusedByCircuit: this.#refusedByCircuit,
    }
  }

  #add(accountId: AccountId, origin: string): Target {
    this.#forgetIdle()
    const account = this.#accounts.get(accountId) ?? new AccountTargets(accountId)
    const target = new Target(origin, account, this.#watch)
    account.byOrigin.set(origin, target)
    this.#accounts.set(accountId, account)
    this.#size += 1
    return target
  }

  *#all(): Iterable<Target> {
    for (const { byOrigin } of this.#accounts.values()) yield* byOrigin.values()
  }

  /** Once a minute at most, while targets are added or counted. */
  #forgetIdle(): void {
    const now = this.#watch.now()
    if (now < this.#looked + lookMs) return
    this.#looked = now
    for (const target of this.#all()) {
      if (!target.isIdle) continue
      target.idleLooks += 1
      const looks = target.hasFailed ? looksUntilFailuresForgotten : looksUntilForgotten
      if (target.idleLooks >= looks) this.#forget(target)
    }
  }

  #forget(target: Target): void {
    const { accountId } = target.account
    const account = this.#accounts.get(accountId)
    if (account?.byOrigin.get(target.origin) !== target) return
    target.forgive()
    account.byOrigin.delete(target.origin)
    this.#size -= 1
    if (account.last === target) account.last = undefined
    if (account.byOrigin.size === 0) this.#accounts.delete(accountId)
  }
}
