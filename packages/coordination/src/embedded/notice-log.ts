import { parseAccountId } from '@mtls-gateway/domain'
import type { ChangeNotice } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

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
export interface LogPosition {
  readonly opening: number
  readonly id: number
}

export interface LoggedNotice {
  readonly id: number
  readonly notice: ChangeNotice
}

export interface LogPage {
  /** Notices between this position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly LoggedNotice[]
  /** Where to read on. */
  readonly end: LogPosition
  /** False if there may be more to read. */
  readonly complete: boolean
}

/** The change notices of the last hour in `runtime.db`. Every method throws CodedError `COORDINATION_UNAVAILABLE`. */
export class NoticeLog {
  readonly #database: RuntimeDatabase

  constructor(database: RuntimeDatabase) {
    this.#database = database
  }

  append({ account, revision, revoked, epoch }: ChangeNotice): void {
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

  /** Changes with every commit of another connection, and with the file, but not with commits of this connection. */
  mark(): number {
    return this.#database.use((sql) => {
      const version = Number(sql('PRAGMA data_version').get()?.data_version)
      return this.#database.openings * 2 ** 32 + version
    })
  }

  end(): LogPosition {
    return this.#database.use((sql) => ({ id: lastId(sql), opening: this.#database.openings }))
  }

  all(): readonly ChangeNotice[] {
    return this.#database.use((sql) =>
      sql(`${selectNotices} ORDER BY id`)
        .all()
        .map((row) => parseRow(row).notice),
    )
  }

  /** After a gap the page starts with the oldest notice, because its revocations still count. */
  readAfter(position: LogPosition): LogPage {
    return this.#database.use((sql) => {
      const opening = this.#database.openings
      const last = lastId(sql)
      const anew = opening !== position.opening || last < position.id
      const start = anew ? 0 : position.id
      const rows = sql(`${selectNotices} WHERE id > ? ORDER BY id LIMIT ${batch}`)
      const notices = rows.all(start).map(parseRow)
      return {
        gap: anew || (notices[0]?.id ?? last + 1) !== start + 1,
        notices,
        end: { opening, id: notices.at(-1)?.id ?? last },
        complete: notices.length < batch,
      }
    })
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
