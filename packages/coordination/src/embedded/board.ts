import type { Board } from '../local/presence.ts'
import type { RuntimeDatabase } from './runtime-database.ts'

/** The tables that are dropped are those of releases up to 0.2. */
export const boardSchema = `
  DROP TABLE IF EXISTS presence_epoch;
  DROP TABLE IF EXISTS presence;
  DROP TABLE IF EXISTS served_revision;
  CREATE TABLE IF NOT EXISTS board (
    topic TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, shown_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    PRIMARY KEY (topic, key)
  ) WITHOUT ROWID;
`

/** What the processes of one host show each other in `runtime.db`, by its clock. */
export function embeddedBoard(database: RuntimeDatabase): Board {
  /** When this process last found that the clock was set back, by `performance.now()`. */
  let lostAt = Number.NEGATIVE_INFINITY
  return {
    async show(topic, key, text, ms) {
      const now = Date.now()
      database.transaction((sql) => {
        sql('DELETE FROM board WHERE ends_at <= ?').run(now)
        const columns = 'topic, key, text, shown_at, ends_at'
        sql(`INSERT OR REPLACE INTO board (${columns}) VALUES (?, ?, ?, ?, ?)`).run(topic, key, text, now, now + ms)
      })
    },
    /** What is from the future is not there: the clock was set back, and who runs will show it again. */
    async read(topic) {
      const shown = database.use((sql) => {
        const rows = sql('SELECT key, text, shown_at, ends_at FROM board WHERE topic = ?').all(topic)
        // Taken after the rows, or what another process shows at this moment would be from the future.
        const now = Date.now()
        if (rows.some(({ shown_at }) => Number(shown_at) > now)) {
          lostAt = performance.now()
          sql('DELETE FROM board WHERE topic = ? AND shown_at > ?').run(topic, now)
        }
        return rows.filter(({ shown_at, ends_at }) => Number(shown_at) <= now && Number(ends_at) > now)
      })
      const texts = new Map(shown.map(({ key, text }) => [String(key), String(text)]))
      return { texts, completeForMs: performance.now() - lostAt }
    },
  }
}
