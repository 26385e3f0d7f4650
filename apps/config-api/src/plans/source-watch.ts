import { createHash } from 'node:crypto'
import type { AccountId } from '@mtls-gateway/domain'
import { type AccountWriter, systemClock } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import type { Sources } from '../sources/sources.ts'
import type { DuePlans, SourcedPlan } from './due-plans.ts'
import type { PlanRunner } from './plan-runner.ts'
import { codedFailure } from './plan-steps.ts'

export interface SourceWatchParts {
  readonly sources: Sources
  readonly plans: DuePlans
  readonly runner: Pick<PlanRunner, 'runFetch'>
  readonly writer: AccountWriter
  readonly log: Pick<Log, 'warn'>
}

const everyMs = 30_000
const firstWithinMs = 5_000
const markDeadlineMs = 20_000
/** Few questions at once: thousands of plans may have a path each in one Vault. */
const concurrency = 4

/**
 * Looks every half a minute whether sources have changed, each place once, however many plans name it. No account is
 * read for that; where something has changed, the plans fetch it.
 */
export class SourceWatch {
  readonly #parts: SourceWatchParts
  readonly #task: RepeatedTask
  /** What was found last, by plan. */
  #marks: ReadonlyMap<string, string> = new Map()

  /** Starts immediately. */
  constructor(parts: SourceWatchParts) {
    this.#parts = parts
    this.#task = new RepeatedTask({ everyMs, firstWithinMs, run: (signal) => this.#look(signal), clock: systemClock })
  }

  async stop(): Promise<void> {
    await this.#task.stop()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const places = new Map<string, Promise<string>>()
    const marks = new Map<string, string>()
    const lookAt = async ([accountId, plan]: readonly [AccountId, SourcedPlan]) => {
      if (signal.aborted) return
      const key = `${accountId} ${plan.id} ${plan.source}`
      const before = this.#marks.get(key)
      const mark = await this.#markOf(accountId, plan, places, signal)
      if (mark === before || (await this.#fetch(accountId, plan, signal))) marks.set(key, mark)
    }
    await pMap([...this.#parts.plans.sourced()], lookAt, { concurrency })
    this.#marks = marks
  }

  /** Never rejects: that a source can't be read is a finding as well. */
  async #markOf(
    account: AccountId,
    { name, source }: SourcedPlan,
    places: Map<string, Promise<string>>,
    signal: AbortSignal,
  ): Promise<string> {
    try {
      const of = { account, name }
      const found = this.#parts.sources.get(account, source)
      const place = `${source} ${found.place(of)}`
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(markDeadlineMs)])
      const mark = places.get(place) ?? found.mark(of, deadline).then(shortened)
      places.set(place, mark)
      return await mark
    } catch (error) {
      return codedFailure(error).code
    }
  }

  /** Never rejects. @returns whether it was looked at: if not, the next round does */
  async #fetch(accountId: AccountId, { id }: SourcedPlan, signal: AbortSignal): Promise<boolean> {
    const { writer, runner, log } = this.#parts
    try {
      const { certificates } = await writer.readInTurn(accountId)
      const certificate = certificates.find((each) => each.id === id)
      if (!certificate) return false
      const outcome = await runner.runFetch(accountId, certificate, signal)
      return outcome === 'done' || outcome === 'failed'
    } catch (error) {
      if (signal.aborted) return false
      const fields = { event: 'source-not-fetched', account: accountId, certificate: id, err: error }
      log.warn(fields, 'the source of a renewal plan was not fetched; it is tried again')
      return false
    }
  }
}

/** There may be thousands. */
function shortened(mark: string): string {
  return createHash('sha256').update(mark).digest('base64url').slice(0, 16)
}
