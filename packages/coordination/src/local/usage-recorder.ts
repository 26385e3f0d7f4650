import { type AccountId, appKeyUse, type CertificateId, certificateUse } from '@mtls-gateway/domain'
import type { Usage, UsageEntry } from '../port.ts'

export interface UsageRecorderOptions {
  readonly usage: Usage
  /** Between two records. */
  readonly everyMs?: number
  /** Kept while the backend is away; what is beyond is not counted. */
  readonly maxSubjects?: number
}

/** Since the last record. */
interface Count {
  calls: number
  at: number
}

/** A certificate by its id, an app key by its name: what names them in records is only made for a record. */
type Subject = CertificateId | string

interface Use {
  readonly account: AccountId
  readonly subject: Subject
  readonly calls: number
  readonly at: number
}

/**
 * Counts uses in memory, at the cost of two look-ups a call, and records them every few seconds. What is in use keeps
 * its count from one record to the next: new ones would all have grown old by the time they are dropped, and fill the
 * heap.
 */
export class UsageRecorder {
  readonly #usage: Usage
  readonly #maxSubjects: number
  readonly #timer: NodeJS.Timeout
  readonly #counts = new Map<AccountId, Map<Subject, Count>>()
  #subjects = 0
  #recording: Promise<void> | undefined

  constructor({ usage, everyMs = 5_000, maxSubjects = 100_000 }: UsageRecorderOptions) {
    this.#usage = usage
    this.#maxSubjects = maxSubjects
    this.#timer = setInterval(() => void this.#record(), everyMs).unref()
  }

  /** @param at milliseconds since 1970 */
  countCertificate(account: AccountId, certificateId: CertificateId, at = Date.now()): void {
    this.#add({ account, subject: certificateId, calls: 1, at })
  }

  /** @param appKey as clients have it, `{accountId}.{id}` @param at milliseconds since 1970 */
  countAppKey(account: AccountId, appKey: string, at = Date.now()): void {
    this.#add({ account, subject: appKey, calls: 1, at })
  }

  /** Records what was counted last. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#recording
    await this.#record()
  }

  #add({ account, subject, calls, at }: Use): void {
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
    if (this.#recording) return
    const uses = this.#take()
    if (uses.length === 0) return
    this.#recording = this.#usage.record(uses.map(entryOf)).catch(() => {
      for (const use of uses) this.#add(use)
    })
    await this.#recording
    this.#recording = undefined
  }

  /** What was used since the last time; what was not is forgotten. */
  #take(): readonly Use[] {
    const uses: Use[] = []
    for (const [account, subjects] of this.#counts) {
      for (const [subject, count] of subjects) {
        if (count.calls > 0) {
          uses.push({ account, subject, calls: count.calls, at: count.at })
          count.calls = 0
        } else {
          subjects.delete(subject)
          this.#subjects--
        }
      }
      if (subjects.size === 0) this.#counts.delete(account)
    }
    return uses
  }
}

function entryOf({ subject, ...use }: Use): UsageEntry {
  return { ...use, subject: typeof subject === 'number' ? certificateUse(subject) : appKeyUse(subject) }
}
