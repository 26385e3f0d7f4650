import type { ChangeFeedListener, ChangeNotice } from '../../port.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { unavailable } from '../connection/unavailable.ts'
import type { NoticeStream, StreamPage } from './notice-stream.ts'

/** How long one read blocks. Each read also looks whether the log begins anew, which a blocked one does not notice. */
const waitMs = 1_000

export interface StreamFollowerOptions {
  readonly stream: NoticeStream
  /** This follower's own, because its reads block. */
  readonly link: RedisLink
  readonly listener: ChangeFeedListener
  readonly deadlineMs: number
  /** So long without a successful read is a gap. */
  readonly gapAfterMs: number
}

/** Reads the stream for one listener. What a listener throws is an uncaught exception, and is not told it twice. */
export class StreamFollower {
  readonly #options: StreamFollowerOptions
  readonly #silence: NodeJS.Timeout
  #position = 0
  #lastReadAt = performance.now()
  /** The gap of failed reads has been told, its end not yet. */
  #cutOff = false
  #stopped = false

  constructor(options: StreamFollowerOptions) {
    this.#options = options
    this.#silence = setTimeout(() => this.#fallSilent(), options.gapAfterMs)
    this.#silence.unref()
  }

  /** Resolves when every later notice will be told. Rejects with `COORDINATION_UNAVAILABLE`; then it is stopped. */
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
    // `refresh` would bring a stopped timer back.
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
      // Where it can be seen, and where it does not keep the listener from what follows.
      setImmediate(() => {
        throw error
      })
    }
  }
}
