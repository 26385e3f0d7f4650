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
export class EmbeddedBoard implements Board {
  readonly #database: RuntimeDatabase
  /** When this process last found that the clock was set back, by `performance.now()`. */
  #lostAt = Number.NEGATIVE_INFINITY

  constructor(database: RuntimeDatabase) {
    this.#database = database
  }

  async show(topic: string, key: string, text: string, ms: number): Promise<void> {
    const now = Date.now()
    this.#database.transaction((sql) => {
      sql('DELETE FROM board WHERE ends_at <= ?').run(now)
      const columns = 'topic, key, text, shown_at, ends_at'
      sql(`INSERT OR REPLACE INTO board (${columns}) VALUES (?, ?, ?, ?, ?)`).run(topic, key, text, now, now + ms)
    })
  }

  /** What is from the future is not there: the clock was set back, and who runs will show it again. */
  async read(topic: string): ReturnType<Board['read']> {
    const shown = this.#database.use((sql) => {
      const rows = sql('SELECT key, text, shown_at, ends_at FROM board WHERE topic = ?').all(topic)
      // Taken after the rows, or what another process shows at this moment would be from the future.
      const now = Date.now()
      if (rows.some(({ shown_at }) => Number(shown_at) > now)) {
        this.#lostAt = performance.now()
        sql('DELETE FROM board WHERE topic = ? AND shown_at > ?').run(topic, now)
      }
      return rows.filter(({ shown_at, ends_at }) => Number(shown_at) <= now && Number(ends_at) > now)
    })
    const texts = new Map(shown.map(({ key, text }) => [String(key), String(text)]))
    return { texts, completeForMs: performance.now() - this.#lostAt }
  }
}
