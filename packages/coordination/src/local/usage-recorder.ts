import { type AccountId, appKeyUse, type CertificateId, certificateUse } from '@mtls-gateway/domain'
import type { Usage, UsageEntry } from '../port.ts'

export interface UsageRecorderOptions {
  readonly usage: Usage
  /** How often usage is recorded. */
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

interface Use {
  readonly account: AccountId
  readonly subject: Subject
  readonly calls: number
  readonly at: number
}

/**
 * Counts uses in memory, with two look-ups per call, and records them every few seconds. The counter of a subject in
 * use is kept from one record to the next: new ones would all have grown old when they are dropped, and fill the heap.
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

  /** @param appKey in the form `{accountId}.{id}` @param at milliseconds since 1970 */
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

  /** What can't be recorded now is added to the next record. */
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

  /** The subjects used since the last record; the others are forgotten. */
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
