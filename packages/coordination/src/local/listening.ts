import type { ChangeFeedListener, ChangeNotice } from '../port.ts'

export interface LogPage {
  /** Notices between the position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly ChangeNotice[]
  /** Where to read on: the number of the last notice; 0 is before any. */
  readonly end: number
}

/** What one listener is told of a log that is read for it. No notice is repeated. */
export class Listening {
  readonly #listener: ChangeFeedListener
  readonly #gapAfterMs: number
  readonly #now: () => number
  #lastReadAt: number
  /** The listener knows of the gap of failed reads, but not of its end. */
  #isCutOff = false
  #isStopped = false

  /**
   * @param gapAfterMs this long without a successful read is a gap
   * @param now in milliseconds; never goes back
   */
  constructor(listener: ChangeFeedListener, gapAfterMs: number, now = () => performance.now()) {
    this.#listener = listener
    this.#gapAfterMs = gapAfterMs
    this.#now = now
    this.#lastReadAt = now()
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  stop(): void {
    this.#isStopped = true
  }

  read({ gap, notices }: LogPage): void {
    if (this.#isStopped) return
    const now = this.#now()
    const wasCutOff = this.#isCutOff || now - this.#lastReadAt >= this.#gapAfterMs
    this.#isCutOff = false
    this.#lastReadAt = now
    if (wasCutOff || gap) this.#tell((listener) => listener.onGap())
    for (const notice of notices) this.#tell((listener) => listener.onNotice(notice))
  }

  /** No read has succeeded since the last one: tells once if that is too long. */
  notRead(): void {
    if (this.#isCutOff || this.#now() - this.#lastReadAt < this.#gapAfterMs) return
    this.#isCutOff = true
    this.#tell((listener) => listener.onGap())
  }

  #tell(what: (listener: ChangeFeedListener) => void): void {
    if (this.#isStopped) return
    try {
      what(this.#listener)
    } catch (error) {
      // Thrown here, it is visible and does not keep the listener from later notices.
      setImmediate(() => {
        throw error
      })
    }
  }
}
