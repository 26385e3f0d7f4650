import { type AccountId, appKeyUse, type CertificateId, certificateUse } from '@mtls-gateway/domain'
import type { Usage, UsageEntry } from '../port.ts'
import { Counters } from './counters.ts'

export interface UsageRecorderOptions {
  readonly usage: Usage
  readonly everyMs?: number
  /** The limit while the backend is down; further subjects are not counted. */
  readonly maxSubjects?: number
}

/** Since the last record. */
interface Count {
  calls: number
  at: number
}

/** A certificate by its id, an app key by its name. Their names in records are only made for a record. */
type Subject = CertificateId | string

interface Use extends Readonly<Count> {
  readonly account: AccountId
  readonly subject: Subject
}

/** Counts uses in memory, with two look-ups per call, and records them every few seconds. */
export class UsageRecorder {
  readonly #usage: Usage
  readonly #timer: NodeJS.Timeout
  readonly #counts: Counters<Subject, Count>
  #recording: Promise<void> | undefined

  constructor({ usage, everyMs = 5_000, maxSubjects = 100_000 }: UsageRecorderOptions) {
    this.#usage = usage
    this.#counts = new Counters(maxSubjects, () => ({ calls: 0, at: 0 }))
    this.#timer = setInterval(() => void this.#record(), everyMs).unref()
  }

  /** @param at milliseconds since 1970 */
  countCertificate(account: AccountId, certificateId: CertificateId, at = Date.now()): void {
    this.#add(account, certificateId, { calls: 1, at })
  }

  /** @param appKey in the form `{accountId}.{id}` @param at milliseconds since 1970 */
  countAppKey(account: AccountId, appKey: string, at = Date.now()): void {
    this.#add(account, appKey, { calls: 1, at })
  }

  /** Records what was counted last. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record()
  }

  #add(account: AccountId, subject: Subject, { calls, at }: Readonly<Count>): void {
    const count = this.#counts.of(account, subject)
    if (count === undefined) return
    count.calls += calls
    count.at = Math.max(count.at, at)
  }

  /** What can't be recorded now is added to the next record. */
  async #record(): Promise<void> {
    if (this.#recording) return
    const uses = this.#counts.take(useOf)
    if (uses.length === 0) return
    this.#recording = this.#usage.record(uses.map(entryOf)).catch(() => {
      for (const use of uses) this.#add(use.account, use.subject, use)
    })
    await this.#recording
    this.#recording = undefined
  }
}

/** Undefined: none since the last record. */
function useOf(account: AccountId, subject: Subject, count: Count): Use | undefined {
  const { calls, at } = count
  count.calls = 0
  return calls === 0 ? undefined : { account, subject, calls, at }
}

function entryOf({ subject, ...use }: Use): UsageEntry {
  return { ...use, subject: typeof subject === 'number' ? certificateUse(subject) : appKeyUse(subject) }
}
