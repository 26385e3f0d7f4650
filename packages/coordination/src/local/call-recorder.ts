import type { AccountId, MappingId } from '@mtls-gateway/domain'
import type { CallEntry, CallOutcome, Outcomes, RecentCall, RecentCalls } from '../port.ts'
import { PendingOutcomes } from './pending-outcomes.ts'

/** A call that has ended. */
export interface EndedCall {
  readonly outcome: CallOutcome
  /** By `performance.now()`. */
  readonly endedAt: number
  readonly mappingId: MappingId | undefined
  readonly transportCode: string | undefined
  /** Made only of a call that is recorded. */
  toRecentCall(): RecentCall
}

/** Why calls are not recorded: too many at once, or the backend did not take them. */
export type DropReason = 'full' | 'unavailable'

export interface CallRecorderOptions {
  readonly calls: RecentCalls
  readonly outcomes: Outcomes
  /** Whether some of the calls that succeeded are recorded as well. */
  readonly samples: boolean
  /** Called synchronously; must not throw. 0 calls: outcomes of mappings were dropped. */
  readonly onDropped: (reason: DropReason, calls: number, cause?: unknown) => void
  /** How often calls are recorded. */
  readonly everyMs?: number
  readonly limits?: PendingLimits
}

/** For the calls of one process between two records. */
const usualLimits: PendingLimits = { total: 2_000, share: 200, reserve: 200 }
const maxMappings = 100_000
/** Every so many records, successes of mappings that did not fail are told as well. */
const allOutcomesEvery = 20

/**
 * Collects calls that have ended, and records them in batches. No call waits for that: while the backend is slow or
 * away, calls are dropped. Of the successes, the first of each account in each batch is recorded.
 */
export class CallRecorder {
  readonly #options: CallRecorderOptions
  readonly #timer: NodeJS.Timeout
  readonly #pending: PendingCalls
  readonly #outcomes = new PendingOutcomes(maxMappings)
  /** Accounts whose success is in this batch. */
  readonly #sampled = new Set<AccountId>()
  #dropped = 0
  #records = 0
  #recording: Promise<void> | undefined

  constructor(options: CallRecorderOptions) {
    const { everyMs = 500, limits = usualLimits } = options
    this.#options = options
    this.#pending = new PendingCalls(limits)
    this.#timer = setInterval(() => void this.#record(false), everyMs).unref()
  }

  ended(account: AccountId, call: EndedCall): void {
    const { outcome, mappingId } = call
    if (mappingId !== undefined) {
      if (outcome === 'succeeded') this.#outcomes.succeeded(account, mappingId, call.endedAt)
      else if (outcome === 'failed') this.#outcomes.failed(account, mappingId, call.endedAt, call.transportCode)
    }
    if (outcome === 'succeeded') {
      if (!this.#options.samples || this.#sampled.has(account)) return
      this.#sampled.add(account)
    }
    if (this.#pending.hasRoom(account)) this.#pending.add({ account, call: call.toRecentCall() })
    else this.#dropped++
  }

  /** Records what is left. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record(true)
  }

  async #record(isLast: boolean): Promise<void> {
    if (this.#recording !== undefined) return
    this.#tellDropped()
    const calls = this.#pending.take()
    this.#sampled.clear()
    const isForAll = isLast || ++this.#records % allOutcomesEvery === 0
    const epoch = Date.now() - performance.now()
    const outcomes = isForAll ? this.#outcomes.takeAll(epoch) : this.#outcomes.takeUrgent(epoch)
    if (calls.length + outcomes.length === 0) return
    this.#recording = this.#write(calls, outcomes)
    await this.#recording
    this.#recording = undefined
  }

  async #write(
    calls: Parameters<RecentCalls['record']>[0],
    outcomes: Parameters<Outcomes['record']>[0],
  ): Promise<void> {
    const { onDropped } = this.#options
    await Promise.all([
      calls.length > 0 &&
        this.#options.calls.record(calls).catch((cause: unknown) => onDropped('unavailable', calls.length, cause)),
      outcomes.length > 0 &&
        this.#options.outcomes.record(outcomes).catch((cause: unknown) => onDropped('unavailable', 0, cause)),
    ])
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#options.onDropped('full', this.#dropped)
    this.#dropped = 0
  }
}

/** How many wait to be recorded; the reserve is for accounts that have none among them. */
interface PendingLimits {
  readonly total: number
  readonly share: number
  readonly reserve: number
}

/** Calls that wait to be recorded. An account that has many leaves room for the others. */
class PendingCalls {
  readonly #limits: PendingLimits
  readonly #counts = new Map<AccountId, number>()
  #entries: CallEntry[] = []

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  /** Whether there is room for one more of this account. */
  hasRoom(account: AccountId): boolean {
    const { total, share, reserve } = this.#limits
    const count = this.#counts.get(account) ?? 0
    return count < share && this.#entries.length < (count === 0 ? total : total - reserve)
  }

  add(entry: CallEntry): void {
    this.#counts.set(entry.account, (this.#counts.get(entry.account) ?? 0) + 1)
    this.#entries.push(entry)
  }

  take(): readonly CallEntry[] {
    const entries = this.#entries
    this.#entries = []
    this.#counts.clear()
    return entries
  }
}
