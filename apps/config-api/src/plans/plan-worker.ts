import type { AccountId, Certificate } from '@mtls-gateway/domain'
import { type AccountWriter, systemClock } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import type { DuePlans } from './due-plans.ts'
import type { PlanRunner } from './plan-runner.ts'

export interface PlanWorkerParts {
  readonly plans: DuePlans
  readonly runner: PlanRunner
  readonly writer: AccountWriter
  /** All accounts; undefined if this deployment can't list them. */
  readonly accounts: (() => Promise<readonly AccountId[]>) | undefined
  readonly listEveryMs: number
  readonly log: Pick<Log, 'warn'>
}

/** Renewals of minutes are for tests and demos: nobody else needs more. */
const tickMs = 1_000
/** A restart must not keep a certificate of two minutes from being renewed. */
const firstListingMs = 2_000
/** As many of one account as its share of the pool. */
const stepsAtOnce = 4
const pauses = { busyMs: 2_000, failedMs: 15_000, nothingMs: 60_000 } as const

/** Does what plans ask for when it is due. */
export class PlanWorker {
  readonly #parts: PlanWorkerParts
  readonly #working = new Map<AccountId, Promise<void>>()
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
    const { plans } = this.#parts
    for (const accountId of plans.accounts(Date.now())) {
      if (this.#working.has(accountId)) continue
      const work = this.#work(accountId, signal).finally(() => this.#working.delete(accountId))
      this.#working.set(accountId, work)
    }
  }

  /** Never rejects. */
  async #work(accountId: AccountId, signal: AbortSignal): Promise<void> {
    const { plans, writer, log } = this.#parts
    try {
      const account = await writer.readInTurn(accountId)
      const due = plans.certificates(account, Date.now())
      if (due.length === 0) plans.pause(accountId, Date.now() + pauses.nothingMs)
      await pMap(due, (certificate) => this.#renew(accountId, certificate, signal), { concurrency: stepsAtOnce })
    } catch (error) {
      plans.pause(accountId, Date.now() + pauses.failedMs)
      if (signal.aborted) return
      log.warn({ event: 'plans-failed', account: accountId, err: error }, 'plans of an account are looked at later')
    }
  }

  /** Step by step, as long as the next one is due. */
  async #renew(accountId: AccountId, certificate: Certificate, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) return
      const outcome = await this.#parts.runner.runDue(accountId, certificate, signal)
      if (outcome === 'done') continue
      if (outcome === 'busy') this.#parts.plans.pause(accountId, Date.now() + pauses.busyMs)
      return
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
