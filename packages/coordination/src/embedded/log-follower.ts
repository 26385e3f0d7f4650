import type { ChangeFeedListener } from '../port.ts'
import type { LogPage, LogPosition, NoticeLog } from './notice-log.ts'

export interface FollowerTimes {
  readonly pollIntervalMs: number
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
  /** In milliseconds; never goes back. */
  readonly now: () => number
}

/**
 * Reads the log for one listener, starting from its end at construction. `mark` shows whether there is anything to
 * read, which takes some microseconds per poll. Errors of a listener are not caught, and no notice is repeated.
 */
export class LogFollower {
  readonly #log: NoticeLog
  readonly #listener: ChangeFeedListener
  readonly #gapAfterMs: number
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #position: LogPosition
  /** The mark before the last complete read; undefined if there may be something new. */
  #readMark: number | undefined
  #lastReadAt: number
  /** The listener knows of the gap of failed reads, but not of its end. */
  #cutOff = false
  #stopped = false

  /** @throws CodedError `COORDINATION_UNAVAILABLE` */
  constructor(log: NoticeLog, listener: ChangeFeedListener, { pollIntervalMs, gapAfterMs, now }: FollowerTimes) {
    this.#log = log
    this.#listener = listener
    this.#gapAfterMs = gapAfterMs
    this.#now = now
    this.#lastReadAt = now()
    this.#position = log.end()
    this.#timer = setInterval(() => this.#poll(), pollIntervalMs)
    this.#timer.unref()
  }

  /** For notices of this process, which `mark` does not show. */
  readSoon(): void {
    this.#readMark = undefined
    queueMicrotask(() => this.#poll())
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  #poll(): void {
    if (this.#stopped) return
    const silent = this.#now() - this.#lastReadAt >= this.#gapAfterMs
    const page = this.#nextPage()
    const silenceTold = silent && page === undefined && this.#cutOff
    this.#cutOff = silent && page === undefined
    if (page) this.#lastReadAt = this.#now()
    if ((silent && !silenceTold) || page?.gap) this.#listener.onGap()
    if (page) this.#deliver(page)
  }

  /** Undefined if the log can't be read. The listener hears of a gap, and `check` says why. */
  #nextPage(): LogPage | undefined {
    try {
      const mark = this.#log.mark()
      if (mark === this.#readMark) return { gap: false, notices: [], end: this.#position, complete: true }
      const page = this.#log.readAfter(this.#position)
      this.#readMark = mark
      return page
    } catch {
      return undefined
    }
  }

  #deliver({ notices, end, complete }: LogPage): void {
    try {
      for (const { id, notice } of notices) {
        if (this.#stopped) return
        this.#position = { opening: end.opening, id }
        this.#listener.onNotice(notice)
      }
    } catch (error) {
      this.#readMark = undefined
      throw error
    }
    this.#position = end
    if (complete) return
    this.#readMark = undefined
    setImmediate(() => this.#poll())
  }
}
