import { setTimeout } from 'node:timers/promises'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { planWaitAdvice } from '@mtls-gateway/contract/words'
import type { Leases } from '@mtls-gateway/coordination'
import {
  type AccountId,
  type Certificate,
  type CertificateId,
  CodedError,
  type CommandContext,
  findCertificate,
  type PlanPosition,
  type PlanStep,
  type PlanWait,
  planOf,
} from '@mtls-gateway/domain'
import { type AccountWriter, ApprovalRequested, ownChange } from '@mtls-gateway/registry'
import { type Log, token } from '@mtls-gateway/service-kit'
import { positionIn } from '../certificates/plan-view.ts'
import type { DueStep } from './due-step.ts'
import type { IssuerOrders } from './issuer-orders.ts'
import type { PlanMetrics } from './plan-metrics.ts'
import { codedFailure, type PlanSteps, StepFailure } from './plan-steps.ts'
import { StepPace } from './step-pace.ts'

/** The pool of steps, and of other questions to issuers. */
export const PLAN_STEPS = token<Bulkhead>('plan-steps')

export interface PlanRunnerParts {
  readonly writer: AccountWriter
  readonly steps: PlanSteps
  readonly leases: Leases
  /** `plan-steps` */
  readonly pool: Bulkhead
  readonly orders: IssuerOrders
  readonly metrics: PlanMetrics
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * `idle`: nothing is due, or it waits for approval; `busy`: another instance does a step; `later`: its issuer has
 * enough to do; `failed`: the plan tries it again; `unanswered`: so it does, and its issuer could not be reached;
 * `vain`: it failed, and the plan does not know it, as where the account is full: it is due as before.
 */
export type StepOutcome = 'done' | 'idle' | 'busy' | 'later' | 'failed' | 'unanswered' | 'vain'

/** What the audit says of whoever makes the changes of plans. */
const actor = 'plan'
const longestLeaseMs = 75_000
const shortestLeaseMs = 5_000
/** As long as an issuer has to answer. */
const longestWaitMs = 30_000
const askAgainMs = 200

/**
 * Does steps of plans, one at a time for each certificate, whichever instance does it. The lease only spares work: a
 * step that two instances do all the same is made once, by compare-and-set, and an order has the same id.
 */
export class PlanRunner {
  readonly #parts: PlanRunnerParts
  readonly #pace = new StepPace()

  constructor(parts: PlanRunnerParts) {
    this.#parts = parts
  }

  /** The next step, if it is due. @throws CodedError if it can't be told: the store or coordination is away */
  runDue(accountId: AccountId, before: Certificate, signal: AbortSignal): Promise<StepOutcome> {
    const stepAt = ({ next }: PlanPosition) => (next !== undefined && next.at <= Date.now() ? next.step : undefined)
    return this.#runByItself(accountId, before, { stepAt, signal, isShared: false })
  }

  /** Takes what is new in the source of a plan, as each instance does. @throws CodedError as {@link runDue} */
  runFetch(accountId: AccountId, before: Certificate, signal: AbortSignal): Promise<StepOutcome> {
    const stepAt = ({ fetches }: PlanPosition) => (fetches ? ('fetch' as const) : undefined)
    return this.#runByItself(accountId, before, { stepAt, signal, isShared: true })
  }

  #runByItself(accountId: AccountId, before: Certificate, run: Pick<Run, 'stepAt' | 'signal' | 'isShared'>) {
    const context = () => ({ ...ownChange(Date.now()), actor })
    return this.#parts.pool.run(accountId, async (): Promise<StepOutcome> => {
      try {
        await this.#pace.turn(run.signal)
        return await this.#run({ accountId, before, context, ...run })
      } catch (error) {
        if (error instanceof ApprovalRequested) return 'idle'
        if (!(error instanceof StepFailure)) {
          const failure = codedFailure(error)
          if (failure.code === 'TOO_MANY_CALLS') return 'later'
          throw failure
        }
        // Somebody else was faster: what they have done is looked at first.
        if (error.code === 'VERSION_CHANGED') return 'busy'
        if (!error.isNoted) return 'vain'
        return error.code === 'ISSUER_UNREACHABLE' ? 'unanswered' : 'failed'
      }
    })
  }

  /**
   * The next step, although it is not due yet. While somebody else is at a step of this plan, it waits: only what is
   * still to be done then is done.
   * @throws CodedError `PLAN_NOT_FOUND`, `PLAN_WAITS`, `TOO_MANY_CALLS`, `ACCOUNT_BUSY`, and why the step failed;
   *   ApprovalRequested
   */
  async runNow(
    accountId: AccountId,
    id: CertificateId,
    context: () => CommandContext,
    signal: AbortSignal,
  ): Promise<void> {
    const account = await this.#parts.writer.readInTurn(accountId)
    const before = findCertificate(account, id)
    planOf(before)
    const { waitsFor, next } = positionIn(account, before) ?? {}
    if (waitsFor !== undefined) throw planWaits(waitsFor)
    const step = next?.step
    // A source may have something newer than what somebody else has taken meanwhile.
    const isToDo = (now: PlanPosition) => now.next?.step === step || (step === 'fetch' && now.fetches === true)
    const stepAt = (now: PlanPosition) => (isToDo(now) ? step : undefined)
    const run = { accountId, before, context, signal, stepAt, isShared: false }
    const from = performance.now()
    try {
      while ((await this.#parts.pool.run(accountId, () => this.#run(run))) === 'busy') {
        if (performance.now() - from > longestWaitMs) throw stepUnderway()
        await setTimeout(askAgainMs)
      }
    } catch (error) {
      throw error instanceof StepFailure ? error.reason : error
    }
  }

  async #run({ accountId, before, context, signal, stepAt, isShared }: Run): Promise<StepOutcome> {
    const { writer, steps, leases, orders } = this.#parts
    const { id } = before
    const lease = await leases.acquire(`plan:${accountId}:${id}`, leaseMs(before))
    if (!lease) return 'busy'
    try {
      // Read under the lease: another instance may have done this very step until now.
      const account = await writer.readInTurn(accountId)
      const certificate = account.certificates.find((each) => each.id === id)
      const position = certificate && positionIn(account, certificate)
      const step = position && stepAt(position)
      if (!certificate || !position || !step) return 'idle'
      const due = { account, certificate, step, ready: position.ready, context, signal, isShared }
      // Few wait for an issuer that may not answer, and not for long: plans of other issuers go on.
      if (step === 'order') {
        await orders.run(steps.issuerOf(accountId, certificate), accountId, () => this.#take(due))
      } else await this.#take(due)
      return 'done'
    } finally {
      await lease.release().catch(() => undefined)
    }
  }

  async #take(due: DueStep): Promise<void> {
    const { steps, metrics, log } = this.#parts
    const { step } = due
    const fields = { account: due.account.accountId, certificate: due.certificate.id, step }
    if (step === 'test') this.#pace.restAfterTest()
    try {
      await steps.take(due)
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      const { reason } = error
      metrics.count(step, 'failed')
      const failed = { event: 'plan-step-failed', ...fields, code: reason.code, err: reason }
      log.warn(failed, 'a step of a renewal plan failed; it is tried again')
      throw error
    }
    metrics.count(step, 'done')
    log.info({ event: 'plan-step', ...fields }, 'a step of a renewal plan is done')
  }
}

interface Run {
  readonly accountId: AccountId
  /** As it was read last. */
  readonly before: Certificate
  readonly context: () => CommandContext
  readonly signal: AbortSignal
  readonly isShared: DueStep['isShared']
  /** What is to be done now. @throws CodedError: why nothing is, for whoever asks */
  readonly stepAt: (position: PlanPosition) => PlanStep | undefined
}

/** As long as a step takes; less for a certificate that would expire while the lease of a killed instance lasts. */
function leaseMs({ current }: Certificate): number {
  if (!current) return shortestLeaseMs * 5
  const lifetime = Date.parse(current.notAfter) - Date.parse(current.notBefore)
  return Math.round(Math.min(Math.max(lifetime / 24, shortestLeaseMs), longestLeaseMs))
}

function planWaits(wait: PlanWait): CodedError {
  return new CodedError('PLAN_WAITS', `This plan waits for a person. ${planWaitAdvice[wait]}`, {
    details: { waitsFor: wait },
  })
}

function stepUnderway(): CodedError {
  return new CodedError('ACCOUNT_BUSY', 'A step of this plan is taking long. Look at the plan, and try again.', {
    retryAfterSeconds: 30,
  })
}
