import type { ChangeFeedListener, ChangeNotice } from '../port.ts'

interface ListeningOptions {
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
  /** In milliseconds; never goes back. */
  readonly now?: (() => number) | undefined
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

  constructor(listener: ChangeFeedListener, { gapAfterMs, now = () => performance.now() }: ListeningOptions) {
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

  /** A read has brought this. */
  read({ gap, notices }: { readonly gap: boolean; readonly notices: readonly ChangeNotice[] }): void {
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
