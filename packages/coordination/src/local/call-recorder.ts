import type { AccountId, MappingId } from '@mtls-gateway/domain'
import type { CallEntry, CallOutcome, OutcomeEntry, Outcomes, RecentCall, RecentCalls } from '../port.ts'
import { Counters } from './counters.ts'

export interface EndedCall {
  readonly outcome: CallOutcome
  /** By `performance.now()`. */
  readonly endedAt: number
  readonly mappingId: MappingId | undefined
  readonly transportCode: string | undefined
  /** Made only of a call that is recorded. */
  toRecentCall(): RecentCall
}

export interface CallRecorderOptions {
  readonly calls: RecentCalls
  readonly outcomes: Outcomes
  /** Whether some of the calls that succeeded are recorded as well. */
  readonly samples: boolean
  /**
   * Too many came at once, or the backend did not take them. Called synchronously; must not throw. 0 calls: outcomes of
   * mappings were dropped.
   */
  readonly onDropped: (reason: 'full' | 'unavailable', calls: number, cause?: unknown) => void
  readonly everyMs?: number
}

/** How many calls wait to be recorded; the reserve is for accounts that have none among them. */
const limits = { total: 2_000, share: 200, reserve: 200 }
const maxMappings = 100_000
/** How the last calls of mappings went is told with each tenth record: nobody waits for it. */
const recordsPerOutcomes = 10

/**
 * Collects calls that have ended, and records them in batches. No call waits for that: while the backend is slow or
 * away, calls are dropped. Of the successes, the first of each account in each batch is recorded.
 */
export class CallRecorder {
  readonly #options: CallRecorderOptions
  readonly #timer: NodeJS.Timeout
  #pending: CallEntry[] = []
  readonly #pendingOf = new Map<AccountId, number>()
  readonly #outcomes = new Counters<MappingId, Pending>(maxMappings, nothingYet)
  /** Records since the last with outcomes. */
  #records = 0
  /** Accounts whose success is in this batch. */
  readonly #sampled = new Set<AccountId>()
  #dropped = 0
  #recording: Promise<void> | undefined

  constructor(options: CallRecorderOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#record(false), options.everyMs ?? 500).unref()
  }

  ended(account: AccountId, call: EndedCall): void {
    const { outcome, mappingId } = call
    if (mappingId !== undefined && (outcome === 'succeeded' || outcome === 'failed')) {
      const pending = this.#outcomes.of(account, mappingId)
      if (pending !== undefined) note(pending, call)
    }
    if (outcome === 'succeeded') {
      if (!this.#options.samples || this.#sampled.has(account)) return
      this.#sampled.add(account)
    }
    if (!this.#hasRoom(account)) {
      this.#dropped++
      return
    }
    this.#pendingOf.set(account, (this.#pendingOf.get(account) ?? 0) + 1)
    this.#pending.push({ account, call: call.toRecentCall() })
  }

  /** Records what is left. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record(true)
  }

  /** An account that has many leaves room for the others. */
  #hasRoom(account: AccountId): boolean {
    const { total, share, reserve } = limits
    const count = this.#pendingOf.get(account) ?? 0
    return count < share && this.#pending.length < (count === 0 ? total : total - reserve)
  }

  async #record(isLast: boolean): Promise<void> {
    if (this.#recording !== undefined) return
    if (this.#dropped > 0) this.#options.onDropped('full', this.#dropped)
    this.#dropped = 0
    const calls = this.#pending
    this.#pending = []
    this.#pendingOf.clear()
    this.#sampled.clear()
    const outcomes = isLast || ++this.#records >= recordsPerOutcomes ? this.#takeOutcomes() : []
    if (calls.length + outcomes.length === 0) return
    this.#recording = this.#write(calls, outcomes)
    await this.#recording
    this.#recording = undefined
  }

  #takeOutcomes(): readonly OutcomeEntry[] {
    this.#records = 0
    const epoch = Date.now() - performance.now()
    const timeOf = (at: number) => Math.round(epoch + at)
    return this.#outcomes.take((account, mappingId, pending) => {
      const { succeededAt, failedAt, code, failuresInARow, failingSince } = pending
      if (succeededAt === undefined && failedAt === undefined) return undefined
      Object.assign(pending, nothingYet())
      return {
        ...{ account, mappingId, failuresInARow },
        succeededAt: succeededAt && timeOf(succeededAt),
        failingSince: failingSince && timeOf(failingSince),
        failure: failedAt === undefined ? undefined : { at: timeOf(failedAt), code },
      }
    })
  }

  async #write(calls: readonly CallEntry[], outcomes: readonly OutcomeEntry[]): Promise<void> {
    const { onDropped } = this.#options
    await Promise.all([
      calls.length > 0 &&
        this.#options.calls.record(calls).catch((cause: unknown) => onDropped('unavailable', calls.length, cause)),
      outcomes.length > 0 &&
        this.#options.outcomes.record(outcomes).catch((cause: unknown) => onDropped('unavailable', 0, cause)),
    ])
  }
}

/** What happened to a mapping since it was last told of; when, by `performance.now()`. */
interface Pending {
  succeededAt: number | undefined
  failedAt: number | undefined
  code: string | undefined
  failuresInARow: number
  failingSince: number | undefined
}

function nothingYet(): Pending {
  return { succeededAt: undefined, failedAt: undefined, code: undefined, failuresInARow: 0, failingSince: undefined }
}

function note(pending: Pending, { outcome, endedAt, transportCode }: EndedCall): void {
  if (outcome === 'succeeded') {
    pending.succeededAt = endedAt
    pending.failuresInARow = 0
    pending.failingSince = undefined
  } else {
    pending.failedAt = endedAt
    pending.code = transportCode
    pending.failuresInARow++
    pending.failingSince ??= endedAt
  }
}
