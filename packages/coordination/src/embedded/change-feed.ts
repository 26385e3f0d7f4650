import { parseAccountId } from '@mtls-gateway/domain'
import { Listening } from '../local/listening.ts'
import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import { type RuntimeDatabase, type Statements, unavailable } from './runtime-database.ts'

export interface FollowerTimes {
  readonly pollIntervalMs: number
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
  /** In milliseconds; never goes back. */
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

/** The last notice that was read, and its file. */
interface LogPosition {
  readonly opening: number
  readonly id: number
}

interface LoggedNotice {
  readonly id: number
  readonly notice: ChangeNotice
}

interface LogPage {
  /** Notices between this position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly ChangeNotice[]
  /** Where to read on. */
  readonly end: LogPosition
  /** False if there may be more to read. */
  readonly complete: boolean
}

/**
 * The change notices of the last hour in `runtime.db`, and their followers in this process. Rejects with
 * `COORDINATION_UNAVAILABLE` if the log fails.
 */
export class EmbeddedChangeFeed implements ChangeFeed, RecentNotices {
  readonly #database: RuntimeDatabase
  readonly #times: FollowerTimes
  readonly #followers = new Set<LogFollower>()
  #isClosed = false

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
    if (this.#isClosed) throw unavailable(new Error('the coordination has been closed'))
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
    this.#isClosed = true
    for (const follower of this.#followers) follower.stop()
    this.#followers.clear()
  }

  /** While the log can't be read, a position in no file of it: what is missed is a gap. */
  end(): LogPosition {
    try {
      return this.#database.use((sql) => ({ id: lastId(sql), opening: this.#database.openings }))
    } catch {
      return { id: 0, opening: 0 }
    }
  }

  /**
   * After a gap the page starts with the oldest notice, because its revocations still count.
   * @throws CodedError `COORDINATION_UNAVAILABLE`
   */
  readAfter(position: LogPosition): LogPage {
    return this.#database.use((sql) => {
      const opening = this.#database.openings
      const last = lastId(sql)
      const anew = opening !== position.opening || last < position.id
      const start = anew ? 0 : position.id
      const rows = sql(`${selectNotices} WHERE id > ? ORDER BY id LIMIT ${batch}`)
      const found = rows.all(start).map(parseRow)
      return {
        gap: anew || (found[0]?.id ?? last + 1) !== start + 1,
        notices: found.map(({ notice }) => notice),
        end: { opening, id: found.at(-1)?.id ?? last },
        complete: found.length < batch,
      }
    })
  }
}

/** Reads the log for one listener, starting from its end at construction. */
class LogFollower {
  readonly #log: EmbeddedChangeFeed
  readonly #listening: Listening
  readonly #timer: NodeJS.Timeout
  #position: LogPosition

  constructor(log: EmbeddedChangeFeed, listener: ChangeFeedListener, { pollIntervalMs, ...times }: FollowerTimes) {
    this.#log = log
    this.#listening = new Listening(listener, times)
    this.#position = log.end()
    this.#timer = setInterval(() => this.#poll(), pollIntervalMs)
    this.#timer.unref()
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
    const page = this.#nextPage()
    if (page === undefined) {
      this.#listening.notRead()
      return
    }
    this.#position = page.end
    this.#listening.read(page)
    if (!page.complete) setImmediate(() => this.#poll())
  }

  /** Undefined if the log can't be read. The listener hears of a gap, and `check` says why. */
  #nextPage(): LogPage | undefined {
    try {
      return this.#log.readAfter(this.#position)
    } catch {
      return undefined
    }
  }
}

function lastId(sql: Statements): number {
  return Number(sql("SELECT seq FROM sqlite_sequence WHERE name = 'notice'").get()?.seq ?? 0)
}

function parseRow(row: Record<string, unknown>): LoggedNotice {
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
