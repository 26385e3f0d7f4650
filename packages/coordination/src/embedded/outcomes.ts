import { setImmediate } from 'node:timers/promises'
import type { MappingId } from '@mtls-gateway/domain'
import { keptOutcomes, outcomeOf, outcomesKeptMs, slicesOf, storedOutcome } from '../local/rules.ts'
import type { MappingOutcome, OutcomeEntry, Outcomes } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

export const outcomeSchema = `
  CREATE TABLE IF NOT EXISTS outcome (
    account TEXT NOT NULL, mapping INTEGER NOT NULL, called_at INTEGER NOT NULL, succeeded_at INTEGER NOT NULL,
    failed_at INTEGER NOT NULL, code TEXT NOT NULL, failures INTEGER NOT NULL, failing_since INTEGER NOT NULL,
    PRIMARY KEY (account, mapping)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outcome_called_at ON outcome (called_at);
  CREATE INDEX IF NOT EXISTS outcome_account ON outcome (account, called_at);
`

/** Mappings per transaction or statement: some milliseconds. */
const batch = 500

export function embeddedOutcomes(database: RuntimeDatabase): Outcomes {
  return {
    record: (entries) => database.inTransactions(entries, batch, merge),
    async of(account, mappings) {
      const outcomes = new Map<MappingId, MappingOutcome>()
      for (const [index, slice] of slicesOf(mappings, batch).entries()) {
        if (index > 0) await setImmediate()
        const rows = database.use((sql) =>
          sql(
            'SELECT * FROM outcome WHERE account = ? AND called_at > ? AND mapping IN (SELECT value FROM json_each(?))',
          ).all(account, Date.now() - outcomesKeptMs, JSON.stringify(slice)),
        )
        const byId = new Map(rows.map((row) => [Number(row.mapping), row]))
        for (const id of slice) {
          const row = byId.get(id)
          if (row === undefined) continue
          const [succeededAt, failedAt, failures] = [
            Number(row.succeeded_at),
            Number(row.failed_at),
            Number(row.failures),
          ]
          outcomes.set(id, outcomeOf([succeededAt, failedAt, String(row.code), failures, Number(row.failing_since)]))
        }
      }
      return outcomes
    },
  }
}

function merge(sql: Statements, entries: readonly OutcomeEntry[]): void {
  const statement = sql(
    `INSERT INTO outcome (account, mapping, called_at, succeeded_at, failed_at, code, failures, failing_since)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, mapping) DO UPDATE SET
     called_at = max(called_at, excluded.called_at),
     succeeded_at = max(succeeded_at, excluded.succeeded_at),
     code = CASE WHEN excluded.failed_at >= failed_at THEN excluded.code ELSE code END,
     failed_at = max(failed_at, excluded.failed_at),
     failing_since = CASE WHEN excluded.succeeded_at = 0 AND failures > 0 THEN min(failing_since, excluded.failing_since) ELSE excluded.failing_since END,
     failures = CASE WHEN excluded.succeeded_at = 0 THEN failures + excluded.failures ELSE excluded.failures END`,
  )
  for (const entry of entries) {
    const calledAt = Math.max(entry.succeededAt ?? 0, entry.failure?.at ?? 0)
    statement.run(entry.account, entry.mappingId, calledAt, ...storedOutcome(entry))
  }
  for (const account of new Set(entries.map(({ account }) => account))) {
    sql(
      `DELETE FROM outcome WHERE account = ? AND mapping IN (SELECT mapping FROM outcome
       WHERE account = ? ORDER BY called_at DESC LIMIT ${2 * batch} OFFSET ${keptOutcomes})`,
    ).run(account, account)
  }
  sql('DELETE FROM outcome WHERE called_at <= ?').run(Date.now() - outcomesKeptMs)
}
