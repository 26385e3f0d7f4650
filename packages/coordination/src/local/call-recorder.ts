import type { AccountId, MappingId } from '@mtls-gateway/domain'
import type { CallEntry, CallOutcome, OutcomeEntry, Outcomes, RecentCall, RecentCalls } from '../port.ts'

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

/** How many wait to be recorded; the reserve is for accounts that have none among them. */
interface PendingLimits {
  readonly total: number
  readonly share: number
  readonly reserve: number
}

/** For the calls of one process between two records. */
const usualLimits: PendingLimits = { total: 2_000, share: 200, reserve: 200 }
const maxMappings = 100_000
/** How often it is told of a mapping that it goes on to succeed. */
const successEveryMs = 10_000
/** How often all mappings are gone through, for what is new without being urgent and what is not new any more. */
const sweepEveryMs = 5_000

/**
 * Collects calls that have ended, and records them in batches. No call waits for that: while the backend is slow or
 * away, calls are dropped. Of the successes, the first of each account in each batch is recorded.
 */
export class CallRecorder {
  readonly #options: CallRecorderOptions
  readonly #timer: NodeJS.Timeout
  readonly #limits: PendingLimits
  #pending: CallEntry[] = []
  /** How many of them each account has. */
  readonly #pendingOf = new Map<AccountId, number>()
  readonly #outcomes = new PendingOutcomes(maxMappings)
  /** Accounts whose success is in this batch. */
  readonly #sampled = new Set<AccountId>()
  #dropped = 0
  #recording: Promise<void> | undefined

  constructor(options: CallRecorderOptions) {
    const { everyMs = 500, limits = usualLimits } = options
    this.#options = options
    this.#limits = limits
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
    const { total, share, reserve } = this.#limits
    const count = this.#pendingOf.get(account) ?? 0
    return count < share && this.#pending.length < (count === 0 ? total : total - reserve)
  }

  async #record(isLast: boolean): Promise<void> {
    if (this.#recording !== undefined) return
    this.#tellDropped()
    const calls = this.#pending
    this.#pending = []
    this.#pendingOf.clear()
    this.#sampled.clear()
    const now = performance.now()
    const outcomes = this.#outcomes.take(Date.now() - now, now, isLast)
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

/** What happened to a mapping since it was last told of; when, by `performance.now()`. */
interface Pending {
  readonly account: AccountId
  readonly mappingId: MappingId
  succeededAt: number | undefined
  failedAt: number | undefined
  code: string | undefined
  failuresInARow: number
  toldAt: number
  /** What was last told is that it fails. */
  hasFailed: boolean
}

/**
 * How the last calls of mappings went. What is kept of a mapping stays from one time to the next, so that a call costs
 * two look-ups and no garbage.
 */
export class PendingOutcomes {
  readonly #ofAccounts = new Map<AccountId, Map<MappingId, Pending>>()
  /** Those that the next batch has to tell of. */
  readonly #urgent = new Set<Pending>()
  readonly #maxMappings: number
  #mappings = 0
  #sweptAt = Number.NEGATIVE_INFINITY

  /** @param maxMappings further ones are not watched */
  constructor(maxMappings: number) {
    this.#maxMappings = maxMappings
  }

  /** @param at by `performance.now()` */
  succeeded(account: AccountId, mapping: MappingId, at: number): void {
    const pending = this.#of(account, mapping)
    if (pending === undefined) return
    pending.succeededAt = at
    pending.failuresInARow = 0
    if (pending.hasFailed || at - pending.toldAt >= successEveryMs) this.#urgent.add(pending)
  }

  /** @param at by `performance.now()` */
  failed(account: AccountId, mapping: MappingId, at: number, code: string | undefined): void {
    const pending = this.#of(account, mapping)
    if (pending === undefined) return
    pending.failedAt = at
    pending.code = code
    pending.failuresInARow++
    this.#urgent.add(pending)
  }

  /**
   * What is new, and is told to nobody again. That a mapping goes on to succeed can wait, unless this is the last time;
   * that it fails, no longer fails or is in use can't, as somebody may be waiting to see it. Mappings of which nothing
   * is new for long are forgotten.
   * @param epoch what `performance.now()` counts from, in milliseconds since 1970
   * @param now by `performance.now()`
   */
  take(epoch: number, now: number, isLast = false): readonly OutcomeEntry[] {
    const told = Array.from(this.#urgent, (pending) => taken(pending, epoch, now))
    this.#urgent.clear()
    if (!isLast && now - this.#sweptAt < sweepEveryMs) return told
    this.#sweptAt = now
    const due = this.#sweep((toldAt) => isLast || now - toldAt >= successEveryMs)
    return [...told, ...due.map((pending) => taken(pending, epoch, now))]
  }

  /** Those of which something is new that is due; what is due without anything new is forgotten. */
  #sweep(isDue: (toldAt: number) => boolean): readonly Pending[] {
    const due: Pending[] = []
    for (const [account, mappings] of this.#ofAccounts) {
      for (const [mappingId, pending] of mappings) {
        if (!isDue(pending.toldAt)) continue
        if (pending.succeededAt !== undefined) {
          due.push(pending)
        } else {
          mappings.delete(mappingId)
          this.#mappings--
        }
      }
      if (mappings.size === 0) this.#ofAccounts.delete(account)
    }
    return due
  }

  #of(account: AccountId, mappingId: MappingId): Pending | undefined {
    let mappings = this.#ofAccounts.get(account)
    const known = mappings?.get(mappingId)
    if (known !== undefined) return known
    if (this.#mappings >= this.#maxMappings) return undefined
    if (mappings === undefined) {
      mappings = new Map()
      this.#ofAccounts.set(account, mappings)
    }
    const pending: Pending = {
      ...{ account, mappingId, succeededAt: undefined, failedAt: undefined, code: undefined, failuresInARow: 0 },
      ...{ toldAt: Number.NEGATIVE_INFINITY, hasFailed: false },
    }
    mappings.set(mappingId, pending)
    this.#mappings++
    return pending
  }
}

function taken(pending: Pending, epoch: number, now: number): OutcomeEntry {
  const { account, mappingId, succeededAt, failedAt, code, failuresInARow } = pending
  const timeOf = (at: number) => Math.round(epoch + at)
  pending.succeededAt = undefined
  pending.failedAt = undefined
  pending.failuresInARow = 0
  pending.toldAt = now
  pending.hasFailed = failuresInARow > 0
  return {
    account,
    mappingId,
    succeededAt: succeededAt === undefined ? undefined : timeOf(succeededAt),
    failuresInARow,
    ...(failedAt !== undefined && { failure: { at: timeOf(failedAt), code } }),
  }
}
