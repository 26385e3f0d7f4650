import { randomUUID } from 'node:crypto'
import type { Leases } from '../port.ts'
import type { RuntimeDatabase } from './runtime-database.ts'

export const leaseSchema = `
  CREATE TABLE IF NOT EXISTS lease (
    name TEXT PRIMARY KEY, token TEXT NOT NULL, expires_at INTEGER NOT NULL, ttl_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
`

/** A lease that ends later than possible shows that the clock was set back. It must not keep the name taken. */
const isOver = '(lease.expires_at <= :now OR lease.expires_at > :now + lease.ttl_ms)'

/** Leases in `runtime.db`, by the clock of the host. */
export function embeddedLeases(database: RuntimeDatabase): Leases {
  return {
    async acquire(name, ttlMs) {
      const token = randomUUID()
      const now = Date.now()
      const { changes } = database.use((sql) => {
        // Names are made up for one use, too: they would stay for good.
        sql('DELETE FROM lease WHERE expires_at <= ?').run(now)
        return sql(
          `INSERT INTO lease (name, token, expires_at, ttl_ms) VALUES (:name, :token, :now + :ttlMs, :ttlMs) ON CONFLICT (name) DO UPDATE
           SET token = excluded.token, expires_at = excluded.expires_at, ttl_ms = excluded.ttl_ms WHERE ${isOver}`,
        ).run({ name, token, now, ttlMs })
      })
      if (changes === 0) return undefined
      return {
        release: async () => {
          database.use((sql) => sql('DELETE FROM lease WHERE name = ? AND token = ?').run(name, token))
        },
      }
    },
  }
}
