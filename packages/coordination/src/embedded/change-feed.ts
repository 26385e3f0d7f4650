import { setTimeout } from 'node:timers/promises'
import { parseAccountId } from '@mtls-gateway/domain'
import { Followers, type LogPage, type NoticeLog } from '../local/followers.ts'
import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

/** How often a follower looks for notices. */
const pollEveryMs = 50
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
  readonly #followers: Followers
  readonly #log: NoticeLog

  constructor(database: RuntimeDatabase, gapAfterMs: number) {
    this.#database = database
    this.#followers = new Followers(gapAfterMs)
    const untilNextPoll = () => setTimeout(pollEveryMs, undefined, { ref: false })
    this.#log = {
      end: async () => database.use(lastId),
      readAfter: async (position) => {
        await untilNextPoll()
        return database.use((sql) => readAfter(sql, position))
      },
      untilReadable: untilNextPoll,
    }
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
  }

  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    this.#database.check()
    return this.#followers.follow(this.#log, listener)
  }

  async recent(): Promise<readonly ChangeNotice[]> {
    return this.#database.use((sql) =>
      sql(`${selectNotices} ORDER BY id`)
        .all()
        .map((row) => parseRow(row).notice),
    )
  }

  close(): void {
    this.#followers.close()
  }
}

function readAfter(sql: Statements, position: number): LogPage {
  const last = lastId(sql)
  const anew = last < position
  const start = anew ? 0 : position
  const found = sql(`${selectNotices} WHERE id > ? ORDER BY id LIMIT ${batch}`).all(start).map(parseRow)
  return {
    gap: anew || (found[0]?.id ?? last + 1) !== start + 1,
    notices: found.map(({ notice }) => notice),
    end: found.at(-1)?.id ?? last,
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
