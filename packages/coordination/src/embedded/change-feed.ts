import { parseAccountId } from '@mtls-gateway/domain'
import { Listening, type LogPage } from '../local/listening.ts'
import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

export interface FollowerTimes {
  /** How often a follower looks for notices of other processes; 50 ms by default. */
  readonly pollIntervalMs: number
  /** This long without a successful read is a gap for a follower; 10,000 ms by default. */
  readonly gapAfterMs: number
  /** The clock for that, in milliseconds; never goes back. `performance.now` by default. */
  readonly now: () => number
}

const keptMs = 3_600_000
/** Rows that one call reads or prunes: at most some milliseconds of the event loop. */
const batch = 500

/** AUTOINCREMENT: no id is used twice, not even after all rows are deleted, and ids have no holes. */
export const noticeSchema = `
  CREATE TABLE IF NOT EXISTS notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    account TEXT NOT NULL, revision INTEGER NOT NULL, revoked TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS notice_at ON notice (at);
  CREATE TABLE IF NOT EXISTS notice_epoch (id INTEGER PRIMARY KEY, epoch TEXT NOT NULL);
`

const selectNotices = 'SELECT id, account, revision, revoked, epoch FROM notice LEFT JOIN notice_epoch USING (id)'

/**
 * The change notices of the last hour in `runtime.db`, and their followers in this process. Rejects with
 * `COORDINATION_UNAVAILABLE` if the log fails.
 */
export class EmbeddedChangeFeed implements ChangeFeed, RecentNotices {
  readonly #database: RuntimeDatabase
  readonly #times: FollowerTimes
  readonly #followers = new Set<LogFollower>()

  constructor(database: RuntimeDatabase, times: FollowerTimes) {
    this.#database = database
    this.#times = times
  }

  async append({ account, revision, revoked, epoch }: ChangeNotice): Promise<void> {
    const at = Date.now()
    this.#database.transaction((sql) => {
      const insert = sql('INSERT INTO notice (at, account, revision, revoked) VALUES (?, ?, ?, ?)')
      const { lastInsertRowid: id } = insert.run(at, account, revision, JSON.stringify(revoked))
      if (epoch !== undefined) sql('INSERT OR REPLACE INTO notice_epoch (id, epoch) VALUES (?, ?)').run(id, epoch)
      // By id, so that the rest has no holes even if the clock was set back.
      sql(
        `DELETE FROM notice WHERE id <= (SELECT max(id) FROM (SELECT id FROM notice WHERE at <= ? ORDER BY at LIMIT ${batch}))`,
      ).run(at - keptMs)
      sql('DELETE FROM notice_epoch WHERE id < (SELECT min(id) FROM notice)').run()
    })
    for (const follower of this.#followers) follower.readSoon()
  }

  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const follower = new LogFollower(this, listener, this.#times)
    this.#followers.add(follower)
    return {
      stop: async () => {
        follower.stop()
        this.#followers.delete(follower)
      },
    }
  }

  async recent(): Promise<readonly ChangeNotice[]> {
    return this.#database.use((sql) =>
      sql(`${selectNotices} ORDER BY id`)
        .all()
        .map((row) => parseRow(row).notice),
    )
  }

  close(): void {
    for (const follower of this.#followers) follower.stop()
    this.#followers.clear()
  }

  /** The id of the last notice. @throws CodedError `COORDINATION_UNAVAILABLE` */
  end(): number {
    return this.#database.use(lastId)
  }

  /**
   * After a gap the page starts with the oldest notice, because its revocations still count.
   * @throws CodedError `COORDINATION_UNAVAILABLE`
   */
  readAfter(position: number): LogPage {
    return this.#database.use((sql) => {
      const last = lastId(sql)
      const anew = last < position
      const start = anew ? 0 : position
      const rows = sql(`${selectNotices} WHERE id > ? ORDER BY id LIMIT ${batch}`)
      const found = rows.all(start).map(parseRow)
      return {
        gap: anew || (found[0]?.id ?? last + 1) !== start + 1,
        notices: found.map(({ notice }) => notice),
        end: found.at(-1)?.id ?? last,
      }
    })
  }
}

/** Reads the log for one listener, starting from its end at construction. */
class LogFollower {
  readonly #log: EmbeddedChangeFeed
  readonly #listening: Listening
  readonly #timer: NodeJS.Timeout
  #position: number

  constructor(log: EmbeddedChangeFeed, listener: ChangeFeedListener, times: FollowerTimes) {
    this.#log = log
    this.#listening = new Listening(listener, times.gapAfterMs, times.now)
    this.#position = log.end()
    this.#timer = setInterval(() => this.#poll(), times.pollIntervalMs).unref()
  }

  /** For notices of this process. */
  readSoon(): void {
    queueMicrotask(() => this.#poll())
  }

  stop(): void {
    this.#listening.stop()
    clearInterval(this.#timer)
  }

  #poll(): void {
    if (this.#listening.isStopped) return
    let page: LogPage
    try {
      page = this.#log.readAfter(this.#position)
    } catch {
      // The listener hears of a gap, and `check` says why.
      this.#listening.notRead()
      return
    }
    this.#position = page.end
    this.#listening.read(page)
    if (page.notices.length === batch) setImmediate(() => this.#poll())
  }
}

function lastId(sql: Statements): number {
  return Number(sql("SELECT seq FROM sqlite_sequence WHERE name = 'notice'").get()?.seq ?? 0)
}

function parseRow(row: Record<string, unknown>): { readonly id: number; readonly notice: ChangeNotice } {
  return {
    id: Number(row.id),
    notice: {
      account: parseAccountId(String(row.account)),
      revision: Number(row.revision),
      revoked: JSON.parse(String(row.revoked)),
      ...(row.epoch !== null && { epoch: String(row.epoch) }),
    },
  }
}
