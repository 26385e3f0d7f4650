import { usageKeptMs } from '../local/rules.ts'
import type { Usage } from '../port.ts'
import type { RuntimeDatabase } from './runtime-database.ts'

export const usageSchema = `
  CREATE TABLE IF NOT EXISTS usage (
    account TEXT NOT NULL, subject TEXT NOT NULL, calls INTEGER NOT NULL, last_used_at INTEGER NOT NULL,
    PRIMARY KEY (account, subject)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS usage_last_used_at ON usage (last_used_at);
`

/** Usage in `runtime.db`, one transaction per batch. */
export function embeddedUsage(database: RuntimeDatabase): Usage {
  return {
    async record(entries) {
      database.transaction((sql) => {
        const statement = sql(
          `INSERT INTO usage (account, subject, calls, last_used_at) VALUES (?, ?, ?, ?) ON CONFLICT (account, subject) DO UPDATE
           SET calls = calls + excluded.calls, last_used_at = max(last_used_at, excluded.last_used_at)`,
        )
        for (const { account, subject, calls, at } of entries) statement.run(account, subject, calls, at)
        sql('DELETE FROM usage WHERE last_used_at <= ?').run(Date.now() - usageKeptMs)
      })
    },
    async of(account) {
      const oldest = Date.now() - usageKeptMs
      const rows = database.use((sql) =>
        sql('SELECT subject, calls, last_used_at FROM usage WHERE account = ? AND last_used_at > ?').all(
          account,
          oldest,
        ),
      )
      return new Map(
        rows.map(({ subject, calls, last_used_at }) => [
          String(subject),
          { calls: Number(calls), lastUsedAt: Number(last_used_at) },
        ]),
      )
    },
  }
}
