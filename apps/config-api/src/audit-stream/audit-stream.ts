import type { Leases } from '@mtls-gateway/coordination'
import type { Account, AccountId, Change } from '@mtls-gateway/domain'
import { type AccountWriter, type Clock, systemClock } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { type AuditReceiver, markOf, revisionOf, streamedEntry } from './audit-receiver.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import type { StreamPositions } from './stream-positions.ts'

export interface AuditStreamParts {
  readonly receiver: AuditReceiver
  readonly positions: StreamPositions
  readonly writer: Pick<AccountWriter, 'changesFrom'>
  readonly leases: Leases
  readonly metrics: StreamMetrics
  readonly log: Pick<Log, 'warn'>
  readonly clock?: Clock
}

/** An account that may have entries which were not delivered. */
interface Pending {
  /** The mark of its newest entry, or only the revision of it. */
  readonly newest: string
  /** When the oldest of these entries was made, as far as is known, in milliseconds since 1970. */
  readonly since: number
  /** It is not looked at before, by the monotonic clock. */
  readonly notBefore: number
  /** Deliveries in a row that failed. */
  readonly failures: number
}

const tickMs = 1_000
/** Entries of one account that are sent together. */
const batchLength = 100
/** After so many accounts, positions are kept. */
const accountsABatch = 256
/** A lease outlasts what is done under it, and a killed instance by no more than itself. */
const sessionMs = 5_000
const sendMs = 15_000
const leaseMs = 25_000
/** The instance that has made a change delivers it; others look whether it has. */
const elsewhereMs = 30_000
const longestPauseMs = 300_000

/**
 * Delivers the audit to one receiver: every entry at least once, those of an account in their order. One instance does
 * it at a time; what it has not done when it ends, any other goes on with, from the position in the store.
 */
export class AuditStream {
  readonly #parts: AuditStreamParts
  readonly #clock: Clock
  /** In the order in which they came. */
  readonly #pending = new Map<AccountId, Pending>()
  readonly #sending = new Map<AccountId, Pending>()
  /** Deliveries in a row that failed. */
  #failuresInARow = 0
  /** As often in a row, the store or the leases failed: what was delivered meanwhile is delivered again. */
  #storeFailures = 0
  #resumeAt = 0
  #task: RepeatedTask | undefined

  constructor(parts: AuditStreamParts) {
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    parts.metrics.show(parts.receiver.name, () => this.lagMs())
  }

  start(): void {
    this.#task = new RepeatedTask({ everyMs: tickMs, run: (signal) => this.#tick(signal), clock: this.#clock })
  }

  async stop(): Promise<void> {
    await this.#task?.stop()
  }

  /** Takes note of an account as it is, read or changed here. */
  see({ accountId, changes }: Account): void {
    const last = changes.at(-1)
    if (last === undefined) return
    const newest = markOf(last)
    const { positions } = this.#parts
    const position = positions.get(accountId)
    if (position === newest) return
    const delivered = position === undefined ? 0 : revisionOf(position)
    const oldest = positions.isRead ? changes.find(({ revision }) => revision > delivered) : undefined
    this.#add(accountId, { newest, since: oldest ? Date.parse(oldest.at) : Date.now(), notBefore: 0, failures: 0 })
  }

  /** Takes note of a change that any instance has made. */
  expect(accountId: AccountId, revision: number): void {
    const newest = String(revision)
    if (isAt(this.#parts.positions.get(accountId), newest)) return
    this.#add(accountId, { newest, since: Date.now(), notBefore: this.#clock.now() + elsewhereMs, failures: 0 })
  }

  /** The store was put back to an older copy. */
  restart(): void {
    this.#parts.positions.forget()
  }

  /** How old the oldest entry is that was not delivered, as far as this instance knows; 0: all were. */
  lagMs(): number {
    const now = Date.now()
    const waiting = [...this.#pending.values(), ...this.#sending.values()]
    return waiting.reduce((longest, { since }) => Math.max(longest, now - since), 0)
  }

  #add(accountId: AccountId, next: Pending): void {
    const known = this.#pending.get(accountId)
    if (known === undefined) {
      this.#pending.set(accountId, next)
      return
    }
    const { since, failures, notBefore } = known
    this.#pending.set(accountId, {
      newest: revisionOf(known.newest) > revisionOf(next.newest) ? known.newest : next.newest,
      since: Math.min(since, next.since),
      // What has failed waits until its pause is over.
      notBefore: failures > 0 ? notBefore : Math.min(notBefore, next.notBefore),
      failures: Math.max(failures, next.failures),
    })
  }

  /**
   * Those that were refused least often first: each failure pauses the receiver, so those that it refuses again and
   * again would hold up all others. Forgets those of which everything was delivered.
   */
  #due(): readonly AccountId[] {
    const now = this.#clock.now()
    const due: { readonly accountId: AccountId; readonly failures: number }[] = []
    for (const [accountId, { newest, notBefore, failures }] of this.#pending) {
      if (isAt(this.#parts.positions.get(accountId), newest)) this.#pending.delete(accountId)
      else if (notBefore <= now) due.push({ accountId, failures })
    }
    return due.sort((one, other) => one.failures - other.failures).map(({ accountId }) => accountId)
  }

  /** Never rejects. */
  async #tick(signal: AbortSignal): Promise<void> {
    const { receiver, positions, leases } = this.#parts
    if (this.#clock.now() < this.#resumeAt) return
    try {
      if (!positions.isRead) await positions.readAll()
      if (this.#due().length === 0) return
      const lease = await leases.acquire(`audit-stream:${receiver.name}`, leaseMs)
      if (lease === undefined) return
      await this.#work(signal).finally(() => lease.release().catch(() => undefined))
    } catch (error) {
      if (!signal.aborted) this.#pause(error, ++this.#storeFailures)
    }
  }

  /** Under the lease. */
  async #work(signal: AbortSignal): Promise<void> {
    const { receiver, positions } = this.#parts
    const endsAt = this.#clock.now() + sessionMs
    const isOver = () => signal.aborted || this.#clock.now() > endsAt || this.#clock.now() < this.#resumeAt
    while (!isOver()) {
      const accounts = this.#due().slice(0, accountsABatch)
      if (accounts.length === 0) return
      await positions.readOf(accounts)
      const moved = new Map<AccountId, string>()
      const deliver = async (accountId: AccountId) => {
        if (isOver()) return
        const delivered = await this.#deliver(accountId, signal)
        if (delivered !== undefined) moved.set(accountId, delivered)
      }
      // One that has failed is tried with one batch.
      await pMap(accounts, deliver, { concurrency: this.#failuresInARow > 0 ? 1 : receiver.atOnce })
      await positions.advance(moved)
      this.#storeFailures = 0
    }
  }

  /** The next entries of an account. Never rejects. @returns the mark of the last one that was delivered, if any was */
  async #deliver(accountId: AccountId, signal: AbortSignal): Promise<string | undefined> {
    const { receiver, positions, metrics } = this.#parts
    const pending = this.#pending.get(accountId)
    const position = positions.get(accountId)
    if (pending === undefined) return undefined
    // What is added meanwhile is looked at again.
    this.#pending.delete(accountId)
    if (isAt(position, pending.newest)) return undefined
    this.#sending.set(accountId, pending)
    let since = pending.since
    try {
      const { changes, isLast } = await this.#next(accountId, position)
      const [first, ...rest] = changes.map((change) => streamedEntry(accountId, change))
      const last = changes.at(-1)
      if (first === undefined || last === undefined) return undefined
      since = Date.parse(first.at)
      await receiver.send([first, ...rest], AbortSignal.any([signal, AbortSignal.timeout(sendMs)]))
      this.#failuresInARow = 0
      metrics.delivered(receiver.name, changes.length)
      if (!isLast) this.#add(accountId, { ...pending, since: Date.parse(last.at), notBefore: 0, failures: 0 })
      return markOf(last)
    } catch (error) {
      const failures = pending.failures + 1
      this.#add(accountId, { ...pending, since, failures, notBefore: this.#clock.now() + pauseMs(failures) })
      if (!signal.aborted) this.#pause(error, ++this.#failuresInARow, accountId)
      return undefined
    } finally {
      this.#sending.delete(accountId)
    }
  }

  /** Where the entry of the position is another one, the store was put back: all of the account is sent again. */
  async #next(
    accountId: AccountId,
    position: string | undefined,
  ): Promise<{ readonly changes: readonly Change[]; readonly isLast: boolean }> {
    const from = position === undefined ? 1 : revisionOf(position)
    const limit = batchLength + 1
    const found = await this.#parts.writer.changesFrom(accountId, { from, limit })
    const [first] = found.changes
    if (first === undefined && found.revision > 0 && position !== undefined) return this.#next(accountId, undefined)
    const isThere = position !== undefined && first?.revision === from
    if (isThere && markOf(first) !== position) return this.#next(accountId, undefined)
    const changes = isThere ? found.changes.slice(1) : found.changes.slice(0, batchLength)
    return { changes, isLast: (changes.at(-1)?.revision ?? found.revision) >= found.revision }
  }

  #pause(error: unknown, failures: number, account?: AccountId): void {
    const { receiver, metrics, log } = this.#parts
    const retryInMs = pauseMs(failures)
    this.#resumeAt = this.#clock.now() + retryInMs
    metrics.failed(receiver.name)
    const fields = { event: 'audit-stream-failed', receiver: receiver.name, account, retryInMs, err: error }
    log.warn(fields, 'entries of the audit were not delivered; they are sent again')
  }
}

/** @param newest a mark, or only its revision */
function isAt(position: string | undefined, newest: string): boolean {
  return position === newest || (position?.startsWith(`${newest}.`) ?? false)
}

/** 1 s, then twice as long each time, up to 5 minutes. */
function pauseMs(failures: number): number {
  return Math.min(1_000 * 2 ** Math.min(failures - 1, 20), longestPauseMs)
}
