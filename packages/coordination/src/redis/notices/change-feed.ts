import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../../port.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { unavailable } from '../connection/unavailable.ts'
import type { NoticeStream } from './notice-stream.ts'
import { StreamFollower } from './stream-follower.ts'

export interface RedisChangeFeedOptions {
  readonly stream: NoticeStream
  /** For appending. */
  readonly link: RedisLink
  /** For a follower, not started yet. */
  readonly newLink: () => RedisLink
  readonly deadlineMs: number
  readonly gapAfterMs: number
}

/** The notice stream, with its followers in this process. */
export class RedisChangeFeed implements ChangeFeed, RecentNotices {
  readonly #options: RedisChangeFeedOptions
  readonly #followers = new Set<StreamFollower>()

  constructor(options: RedisChangeFeedOptions) {
    this.#options = options
  }

  /**
   * Rejects with `COORDINATION_UNAVAILABLE`; the notice may have been appended nevertheless.
   */
  append(notice: ChangeNotice): Promise<void> {
    return this.#options.stream.append(this.#options.link, notice)
  }

  recent(): Promise<readonly ChangeNotice[]> {
    return this.#options.stream.all(this.#options.link)
  }

  /** Rejects with `COORDINATION_UNAVAILABLE` while Redis is down. Later outages are reported as gaps. */
  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const { stream, link, newLink, deadlineMs, gapAfterMs } = this.#options
    if (link.isClosed) throw unavailable(link.reason)
    const follower = new StreamFollower({ stream, link: newLink(), listener, deadlineMs, gapAfterMs })
    this.#followers.add(follower)
    const stop = async (): Promise<void> => {
      follower.stop()
      this.#followers.delete(follower)
    }
    try {
      await follower.start()
    } catch (error) {
      await stop()
      throw error
    }
    return { stop }
  }

  close(): void {
    for (const follower of this.#followers) follower.stop()
    this.#followers.clear()
  }
}
