import type { Account, AccountId, Certificate } from '@mtls-gateway/domain'
import { type AccountWriter, systemClock } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { type DuePlans, issuerOf } from './due-plans.ts'
import { ordersOfAccount } from './issuer-orders.ts'
import type { PlanRunner, StepOutcome } from './plan-runner.ts'

export interface PlanWorkerParts {
  readonly plans: DuePlans
  readonly runner: Pick<PlanRunner, 'runDue'>
  readonly writer: Pick<AccountWriter, 'read' | 'readInTurn'>
  /** All accounts; undefined if this deployment can't list them. */
  readonly accounts: (() => Promise<readonly AccountId[]>) | undefined
  readonly listEveryMs: number
  readonly log: Pick<Log, 'warn'>
}

/** Renewals of minutes are for tests and demos: nobody else needs more. */
const tickMs = 1_000
/** A restart must not keep a certificate of two minutes from being renewed. */
const firstListingMs = 2_000
/** As many as read their accounts, or wait for a step, however many are due. */
const accountsAtOnce = 16
/** So many of one account, before others have their turn. */
const certificatesAtOnce = 16
/** Other plans of the same issuer would come to nothing, either. */
const stops: ReadonlySet<StepOutcome> = new Set(['later', 'unanswered', 'vain'])
const pauses = {
  /** Where thousands of accounts wait for one issuer, reading all of them again and again costs. */
  later: { firstMs: 2_000, longestMs: 30_000 },
  /** Each step may have asked an issuer to sign. */
  vain: { firstMs: 15_000, longestMs: 3_600_000 },
  busyMs: 2_000,
  failedMs: 15_000,
  nothingMs: 60_000,
} as const

/** Does what plans ask for when it is due. */
export class PlanWorker {
  readonly #parts: PlanWorkerParts
  readonly #working = new Map<AccountId, Promise<void>>()
  /** Those whose turn comes next, the last one first. */
  #due: AccountId[] = []
  /**
   * For how many milliseconds accounts whose steps could not be done, and their orders from one issuer, were paused
   * last: each time longer.
   */
  readonly #paused = new Map<string, number>()
  readonly #ticks: RepeatedTask
  readonly #listings: RepeatedTask | undefined

  /** Starts immediately. */
  constructor(parts: PlanWorkerParts) {
    this.#parts = parts
    const { accounts, listEveryMs } = parts
    this.#ticks = new RepeatedTask({
      everyMs: tickMs,
      run: async (signal) => this.#tick(signal),
      clock: systemClock,
    })
    this.#listings = accounts
      ? new RepeatedTask({
          everyMs: listEveryMs,
          firstWithinMs: firstListingMs,
          run: (signal) => this.#list(accounts, signal),
          clock: systemClock,
        })
      : undefined
  }

  /** Resolves when the steps that are being done have ended. */
  async stop(): Promise<void> {
    await Promise.all([this.#ticks.stop(), this.#listings?.stop()])
    await Promise.all(this.#working.values())
  }

  #tick(signal: AbortSignal): void {
    // Whoever has had a turn waits until all others have had theirs.
    if (this.#due.length === 0) this.#due = [...this.#parts.plans.accounts(Date.now())].reverse()
    this.#begin(signal)
  }

  #begin(signal: AbortSignal): void {
    while (this.#working.size < accountsAtOnce && !signal.aborted) {
      const accountId = this.#due.pop()
      if (accountId === undefined) return
      if (this.#working.has(accountId)) continue
      const work = this.#work(accountId, signal).finally(() => {
        this.#working.delete(accountId)
        this.#begin(signal)
      })
      this.#working.set(accountId, work)
    }
  }

  /** Never rejects. */
  async #work(accountId: AccountId, signal: AbortSignal): Promise<void> {
    const { plans, writer, log } = this.#parts
    try {
      const account = await writer.readInTurn(accountId)
      const due = plans.certificates(account, Date.now()).slice(0, certificatesAtOnce)
      // Not where it was done while others had their turn.
      if (due.length === 0 && plans.isDue(accountId, Date.now())) plans.pause(accountId, Date.now() + pauses.nothingMs)
      const byIssuer = [...Map.groupBy(due, issuerOf)]
      const outcomes = await pMap(byIssuer, ([issuer, own]) => this.#renewAll(account, issuer, own, signal))
      if (outcomes.flat().includes('vain')) plans.pause(accountId, this.#longerPause(accountId, pauses.vain))
      else this.#paused.delete(accountId)
    } catch (error) {
      plans.pause(accountId, Date.now() + pauses.failedMs)
      if (signal.aborted) return
      log.warn({ event: 'plans-failed', account: accountId, err: error }, 'plans of an account are looked at later')
    }
  }

  /**
   * As many at once as the issuer may be sent. Once it does not answer, the others have their turn later: plans of
   * other issuers do not wait until all of them have been in vain.
   */
  async #renewAll(account: Account, issuer: string, own: readonly Certificate[], signal: AbortSignal) {
    const { accountId } = account
    const outcomes: StepOutcome[] = []
    const renew = async (certificate: Certificate) => {
      if (outcomes.some((outcome) => stops.has(outcome))) return
      outcomes.push(await this.#renew(accountId, certificate, signal))
    }
    await pMap(own, renew, { concurrency: ordersOfAccount })
    const key = `${accountId} ${issuer}`
    // Not longer where the issuer has taken another one.
    if (outcomes.some((outcome) => outcome !== 'later')) this.#paused.delete(key)
    if (outcomes.includes('later')) {
      this.#parts.plans.pauseOrders(account, issuer, this.#longerPause(key, pauses.later))
    }
    return outcomes
  }

  /** What can't be done now is tried ever more rarely. @returns until when, in milliseconds since 1970 */
  #longerPause(key: string, { firstMs, longestMs }: typeof pauses.vain | typeof pauses.later): number {
    const pauseMs = Math.min(Math.max(firstMs, 2 * (this.#paused.get(key) ?? 0)), longestMs)
    this.#paused.set(key, pauseMs)
    return Date.now() + pauseMs
  }

  /** Step by step, as long as the next one is due. @returns how the last one ended */
  async #renew(accountId: AccountId, certificate: Certificate, signal: AbortSignal): Promise<StepOutcome> {
    for (;;) {
      if (signal.aborted) return 'idle'
      const outcome = await this.#parts.runner.runDue(accountId, certificate, signal)
      if (outcome === 'busy') this.#parts.plans.pause(accountId, Date.now() + pauses.busyMs)
      if (outcome !== 'done') return outcome
    }
  }

  /** Never rejects. Whatever is read tells {@link DuePlans}. */
  async #list(accounts: () => Promise<readonly AccountId[]>, signal: AbortSignal): Promise<void> {
    const { writer, log } = this.#parts
    try {
      for (const accountId of await accounts()) {
        if (signal.aborted) return
        await writer.read(accountId)
      }
    } catch (error) {
      if (signal.aborted) return
      log.warn({ event: 'plans-not-listed', err: error }, 'the plans of all accounts were not read; it is tried again')
    }
  }
}
