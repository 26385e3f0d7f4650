import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import { type FollowerTimes, LogFollower } from './log-follower.ts'
import type { NoticeLog } from './notice-log.ts'

/** The notice log, and its followers in this process. Rejects with `COORDINATION_UNAVAILABLE` if the log fails. */
export class EmbeddedChangeFeed implements ChangeFeed, RecentNotices {
  readonly #log: NoticeLog
  readonly #times: FollowerTimes
  readonly #followers = new Set<LogFollower>()

  constructor(log: NoticeLog, times: FollowerTimes) {
    this.#log = log
    this.#times = times
  }

  async append(notice: ChangeNotice): Promise<void> {
    this.#log.append(notice)
    for (const follower of this.#followers) follower.readSoon()
  }

  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const follower = new LogFollower(this.#log, listener, this.#times)
    this.#followers.add(follower)
    return {
      stop: async () => {
        follower.stop()
        this.#followers.delete(follower)
      },
    }
  }

  async recent(): Promise<readonly ChangeNotice[]> {
    return this.#log.all()
  }

  close(): void {
    for (const follower of this.#followers) follower.stop()
    this.#followers.clear()
  }
}
