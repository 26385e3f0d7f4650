import type { ChangeFeedListener, ChangeNotice } from '../../port.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { unavailable } from '../connection/unavailable.ts'
import type { NoticeStream, StreamPage } from './notice-stream.ts'

/**
 * How long one read blocks. Each read also checks whether the log is a new one, which a blocked read does not notice.
 */
const waitMs = 1_000

export interface StreamFollowerOptions {
  readonly stream: NoticeStream
  /** This follower's own, because its reads block. */
  readonly link: RedisLink
  readonly listener: ChangeFeedListener
  readonly deadlineMs: number
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
}

/** Reads the stream for one listener. Errors of a listener become uncaught exceptions, and no notice is repeated. */
export class StreamFollower {
  readonly #options: StreamFollowerOptions
  readonly #silence: NodeJS.Timeout
  #position = 0
  #lastReadAt = performance.now()
  /** The listener knows of the gap of failed reads, but not of its end. */
  #cutOff = false
  #stopped = false

  constructor(options: StreamFollowerOptions) {
    this.#options = options
    this.#silence = setTimeout(() => this.#fallSilent(), options.gapAfterMs)
    this.#silence.unref()
  }

  /** Resolves when no later notice can be missed. Rejects with `COORDINATION_UNAVAILABLE`, and is stopped then. */
  async start(): Promise<void> {
    const { link, stream } = this.#options
    try {
      if (!(await link.start())) throw unavailable(link.reason)
      this.#position = await stream.end(link)
      this.#readAt()
    } catch (error) {
      this.stop()
      throw error
    }
    void this.#follow()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#silence)
    this.#options.link.close()
  }

  async #follow(): Promise<void> {
    const { link, stream, deadlineMs } = this.#options
    while (!this.#stopped) {
      try {
        this.#take(await stream.readAfter(link, this.#position, waitMs, deadlineMs))
      } catch {
        await link.untilUp()
      }
    }
  }

  #take(page: StreamPage): void {
    if (this.#stopped) return
    const silent = this.#cutOff || performance.now() - this.#lastReadAt >= this.#options.gapAfterMs
    this.#cutOff = false
    this.#readAt()
    this.#position = page.end
    if (silent || page.gap) this.#tell((listener) => listener.onGap())
    for (const notice of page.notices) this.#notify(notice)
  }

  #notify(notice: ChangeNotice): void {
    if (!this.#stopped) this.#tell((listener) => listener.onNotice(notice))
  }

  #readAt(): void {
    this.#lastReadAt = performance.now()
    // `refresh` would restart a stopped timer.
    if (!this.#stopped) this.#silence.refresh()
  }

  #fallSilent(): void {
    if (this.#stopped) return
    this.#cutOff = true
    this.#tell((listener) => listener.onGap())
  }

  #tell(what: (listener: ChangeFeedListener) => void): void {
    try {
      what(this.#options.listener)
    } catch (error) {
      // Thrown here, it is visible and does not keep the listener from later notices.
      setImmediate(() => {
        throw error
      })
    }
  }
}
