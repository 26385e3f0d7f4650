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
  readonly #closing = new AbortController()

  /** @param gapAfterMs this long without a successful read is a gap */
  constructor(gapAfterMs: number) {
    this.#gapAfterMs = gapAfterMs
  }

  /**
   * Reads the log for a listener, who is told of no notice twice. Resolves when no later one can be missed, or when the
   * log can't be read: what is missed then is a gap.
   */
  async follow(log: NoticeLog, listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const stopping = new AbortController()
    const signal = AbortSignal.any([stopping.signal, this.#closing.signal])
    const tell = (what: () => void): void => {
      try {
        if (!signal.aborted) what()
      } catch (error) {
        // Thrown here, it is visible and does not keep the listener from later notices.
        setImmediate(() => {
          throw error
        })
      }
    }
    // The listener knows of the gap of failed reads, but not of its end.
    let isCutOff = false
    const timer = setTimeout(() => {
      isCutOff = true
      tell(() => listener.onGap())
    }, this.#gapAfterMs).unref()
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      log.close?.()
    })
    let position = await log.end().catch(() => undefined)
    const read = async (): Promise<void> => {
      const page = position === undefined ? undefined : await log.readAfter(position)
      const { gap, notices, end } = page ?? { gap: true, notices: [], end: await log.end() }
      if (signal.aborted) return
      position = end
      timer.refresh()
      if (isCutOff || gap) tell(() => listener.onGap())
      isCutOff = false
      for (const notice of notices) tell(() => listener.onNotice(notice))
    }
    const readOn = async (): Promise<void> => {
      // The listener hears of a gap if reading fails for long, and health checks say why.
      while (!signal.aborted) await read().catch(() => log.untilReadable())
    }
    void readOn()
    return { stop: async () => stopping.abort() }
  }

  close(): void {
    this.#closing.abort()
  }
}
