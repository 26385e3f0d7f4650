import type { ChangeFeedListener, ChangeNotice } from '../port.ts'

export interface LogPage {
  /** Notices between the position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly ChangeNotice[]
  /** Where to read on: the number of the last notice; 0 is before any. */
  readonly end: number
}

/** A log of notices, for its followers. Rejects while it can't be read. */
export interface NoticeLog {
  /** The number of the last notice; 0 if there is none. */
  end(): Promise<number>
  /**
   * Waits for notices after the position, but not for long. After a gap the page starts with the oldest notice, because
   * its revocations still count.
   */
  readAfter(position: number): Promise<LogPage>
  /** Resolves when it may be readable again; also when it is closed. */
  untilReadable(): Promise<void>
  close?(): void
}

/** The followers of a feed in this process. */
export class Followers {
  readonly #gapAfterMs: number
  readonly #all = new Set<Follower>()

  /** @param gapAfterMs this long without a successful read is a gap */
  constructor(gapAfterMs: number) {
    this.#gapAfterMs = gapAfterMs
  }

  /** Resolves when no later notice can be missed, or when the log can't be read: what is missed then is a gap. */
  async follow(log: NoticeLog, listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const follower = new Follower(log, listener, this.#gapAfterMs)
    this.#all.add(follower)
    await follower.start()
    return {
      stop: async () => {
        follower.stop()
        this.#all.delete(follower)
      },
    }
  }

  close(): void {
    for (const follower of this.#all) follower.stop()
    this.#all.clear()
  }
}

/** Reads a log for one listener. No notice is repeated. */
class Follower {
  readonly #log: NoticeLog
  readonly #listener: ChangeFeedListener
  readonly #timer: NodeJS.Timeout
  /** Undefined until the log could be read. */
  #position: number | undefined
  /** The listener knows of the gap of failed reads, but not of its end. */
  #isCutOff = false
  #isStopped = false

  constructor(log: NoticeLog, listener: ChangeFeedListener, gapAfterMs: number) {
    this.#log = log
    this.#listener = listener
    this.#timer = setTimeout(() => {
      this.#isCutOff = true
      this.#tell(() => listener.onGap())
    }, gapAfterMs).unref()
  }

  async start(): Promise<void> {
    this.#position = await this.#log.end().catch(() => undefined)
    void this.#follow()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#log.close?.()
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#take(await this.#next())
      } catch {
        // The listener hears of a gap if this lasts, and health checks say why.
        await this.#log.untilReadable()
      }
    }
  }

  async #next(): Promise<LogPage> {
    if (this.#position !== undefined) return this.#log.readAfter(this.#position)
    return { gap: true, notices: [], end: await this.#log.end() }
  }

  #take({ gap, notices, end }: LogPage): void {
    if (this.#isStopped) return
    this.#position = end
    this.#timer.refresh()
    if (this.#isCutOff || gap) this.#tell(() => this.#listener.onGap())
    this.#isCutOff = false
    for (const notice of notices) this.#tell(() => this.#listener.onNotice(notice))
  }

  #tell(what: () => void): void {
    if (this.#isStopped) return
    try {
      what()
    } catch (error) {
      // Thrown here, it is visible and does not keep the listener from later notices.
      setImmediate(() => {
        throw error
      })
    }
  }
}
