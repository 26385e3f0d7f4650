import { type AccountId, appKeyUse, type CertificateId, certificateUse } from '@mtls-gateway/domain'
import type { Usage } from '../port.ts'
import { Counters } from './counters.ts'

export interface UsageRecorderOptions {
  readonly usage: Usage
  readonly everyMs?: number
}

/** Since the last record. */
interface Count {
  calls: number
  at: number
}

/** A certificate by its id, an app key by its name. Their names in records are only made for a record. */
type Subject = CertificateId | string

/** While the backend is down, no more are counted. */
const maxSubjects = 100_000

/** Counts uses in memory, with two look-ups per call, and records them every few seconds. */
export class UsageRecorder {
  readonly #usage: Usage
  readonly #timer: NodeJS.Timeout
  readonly #counts = new Counters<Subject, Count>(maxSubjects, () => ({ calls: 0, at: 0 }))
  #recording: Promise<void> | undefined

  constructor({ usage, everyMs = 5_000 }: UsageRecorderOptions) {
    this.#usage = usage
    this.#timer = setInterval(() => void this.#record(), everyMs).unref()
  }

  /** @param at milliseconds since 1970 */
  countCertificate(account: AccountId, certificateId: CertificateId, at = Date.now()): void {
    this.#add(account, certificateId, 1, at)
  }

  /** @param appKey in the form `{accountId}.{id}` @param at milliseconds since 1970 */
  countAppKey(account: AccountId, appKey: string, at = Date.now()): void {
    this.#add(account, appKey, 1, at)
  }

  /** Records what was counted last. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record()
  }

  #add(account: AccountId, subject: Subject, calls: number, at: number): void {
    const count = this.#counts.of(account, subject)
    if (count === undefined) return
    count.calls += calls
    count.at = Math.max(count.at, at)
  }

  /** What can't be recorded now is added to the next record. */
  async #record(): Promise<void> {
    if (this.#recording) return
    const uses = this.#counts.take((account, subject, count) => {
      const { calls, at } = count
      count.calls = 0
      return calls === 0 ? undefined : { account, subject, calls, at }
    })
    if (uses.length === 0) return
    const entries = uses.map(({ subject, ...use }) => {
      return { ...use, subject: typeof subject === 'number' ? certificateUse(subject) : appKeyUse(subject) }
    })
    this.#recording = this.#usage.record(entries).catch(() => {
      for (const { account, subject, calls, at } of uses) this.#add(account, subject, calls, at)
    })
    await this.#recording
    this.#recording = undefined
  }
}
