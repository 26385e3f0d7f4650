import type { AccountId } from '@mtls-gateway/domain'
import type { Usage, UsageEntry } from '../port.ts'

export interface UsageRecorderOptions {
  readonly usage: Usage
  /** Between two records. */
  readonly everyMs?: number
  /** Kept while the backend is away; what is beyond is not counted. */
  readonly maxSubjects?: number
}

interface Count {
  calls: number
  at: number
}

/** Counts uses in memory, at the cost of two look-ups a call, and records them every few seconds. */
export class UsageRecorder {
  readonly #usage: Usage
  readonly #maxSubjects: number
  readonly #timer: NodeJS.Timeout
  readonly #counts = new Map<AccountId, Map<string, Count>>()
  #subjects = 0
  #recording: Promise<void> | undefined

  constructor({ usage, everyMs = 5_000, maxSubjects = 100_000 }: UsageRecorderOptions) {
    this.#usage = usage
    this.#maxSubjects = maxSubjects
    this.#timer = setInterval(() => void this.#record(), everyMs).unref()
  }

  /** @param at milliseconds since 1970 */
  count(account: AccountId, subject: string, at = Date.now()): void {
    this.#add({ account, subject, calls: 1, at })
  }

  /** Records what was counted last. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record()
  }

  #add({ account, subject, calls, at }: UsageEntry): void {
    let ofAccount = this.#counts.get(account)
    if (!ofAccount) {
      ofAccount = new Map()
      this.#counts.set(account, ofAccount)
    }
    const count = ofAccount.get(subject)
    if (count) {
      count.calls += calls
      count.at = Math.max(count.at, at)
    } else if (this.#subjects < this.#maxSubjects) {
      ofAccount.set(subject, { calls, at })
      this.#subjects++
    }
  }

  /** What can't be recorded is counted on, and recorded with the next. */
  async #record(): Promise<void> {
    if (this.#recording || this.#subjects === 0) return
    const entries = this.#take()
    this.#recording = this.#usage.record(entries).catch(() => {
      for (const entry of entries) this.#add(entry)
    })
    await this.#recording
    this.#recording = undefined
  }

  #take(): readonly UsageEntry[] {
    const entries: UsageEntry[] = []
    for (const [account, subjects] of this.#counts) {
      for (const [subject, { calls, at }] of subjects) entries.push({ account, subject, calls, at })
    }
    this.#counts.clear()
    this.#subjects = 0
    return entries
  }
}
