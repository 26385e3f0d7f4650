import { setImmediate } from 'node:timers/promises'
import type { MappingId } from '@mtls-gateway/domain'
import { keptOutcomes, outcomesKeptMs, slicesOf } from '../local/rules.ts'
import type { MappingOutcome, OutcomeEntry, Outcomes } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

export const outcomeSchema = `
  CREATE TABLE IF NOT EXISTS mapping_outcome (
    account TEXT NOT NULL, mapping INTEGER NOT NULL, called_at INTEGER NOT NULL,
    succeeded_at INTEGER, failed_at INTEGER, failure_code TEXT, failures INTEGER NOT NULL,
    PRIMARY KEY (account, mapping)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS mapping_outcome_called_at ON mapping_outcome (called_at);
  CREATE INDEX IF NOT EXISTS mapping_outcome_account ON mapping_outcome (account, called_at);
`

/** Mappings per transaction or statement: some milliseconds. */
const batch = 500

export function embeddedOutcomes(database: RuntimeDatabase): Outcomes {
  if (!database.use(hasFailingSince)) database.transaction(addFailingSince)
  return {
    record: (entries) => database.inTransactions(entries, batch, merge),
    async of(account, mappings) {
      const outcomes = new Map<MappingId, MappingOutcome>()
      for (const [index, slice] of slicesOf(mappings, batch).entries()) {
        if (index > 0) await setImmediate()
        const rows = database.use((sql) =>
          sql(
            'SELECT * FROM mapping_outcome WHERE account = ? AND called_at > ? AND mapping IN (SELECT value FROM json_each(?))',
          ).all(account, Date.now() - outcomesKeptMs, JSON.stringify(slice)),
        )
        const byId = new Map(rows.map((row) => [Number(row.mapping), outcomeOf(row)]))
        for (const id of slice) {
          const outcome = byId.get(id)
          if (outcome !== undefined) outcomes.set(id, outcome)
        }
      }
      return outcomes
    },
  }
}

/** For tables of releases before this column. */
function addFailingSince(sql: Statements): void {
  if (!hasFailingSince(sql)) sql('ALTER TABLE mapping_outcome ADD COLUMN failing_since INTEGER').run()
}

function hasFailingSince(sql: Statements): boolean {
  return sql("SELECT 1 FROM pragma_table_info('mapping_outcome') WHERE name = 'failing_since'").get() !== undefined
}

function merge(sql: Statements, entries: readonly OutcomeEntry[]): void {
  const statement = sql(
    `INSERT INTO mapping_outcome (account, mapping, called_at, succeeded_at, failed_at, failure_code, failures, failing_since)
     VALUES (:account, :mapping, :calledAt, :succeededAt, :failedAt, 
       :code, :failures, :failingSince) ON CONFLICT (account, mapping) DO UPDATE SET
     called_at = max(called_at, excluded.called_at),
     succeeded_at = max(coalesce(succeeded_at, excluded.succeeded_at), coalesce(excluded.succeeded_at, succeeded_at)),
     failure_code = CASE WHEN excluded.failed_at >= coalesce(failed_at, 0) THEN excluded.failure_code ELSE failure_code END,
     failed_at = max(coalesce(failed_at, excluded.failed_at), coalesce(excluded.failed_at, failed_at)),
     failing_since = CASE WHEN excluded.succeeded_at IS NULL AND failures > 0 THEN min(failing_since, coalesce(excluded.failing_since, failing_since)) ELSE excluded.failing_since END,
     failures = CASE WHEN excluded.succeeded_at IS NULL THEN failures + excluded.failures ELSE excluded.failures END`,
  )
  for (const { account, mappingId, succeededAt, failure, failuresInARow, failingSince } of entries) {
    statement.run({
      account,
      mapping: mappingId,
      calledAt: Math.max(succeededAt ?? 0, failure?.at ?? 0),
      succeededAt: succeededAt ?? null,
      failedAt: failure?.at ?? null,
      code: failure?.code ?? null,
      failures: failuresInARow,
      failingSince: failingSince ?? null,
    })
  }
  for (const account of new Set(entries.map(({ account }) => account))) {
    sql(
      `DELETE FROM mapping_outcome WHERE account = ? AND mapping IN (SELECT mapping FROM mapping_outcome
       WHERE account = ? ORDER BY called_at DESC LIMIT ${2 * batch} OFFSET ${keptOutcomes})`,
    ).run(account, account)
  }
  sql('DELETE FROM mapping_outcome WHERE called_at <= ?').run(Date.now() - outcomesKeptMs)
}

function outcomeOf(row: Record<string, unknown>): MappingOutcome {
  const { succeeded_at, failed_at, failure_code, failures, failing_since } = row
  return {
    succeededAt: succeeded_at === null ? undefined : Number(succeeded_at),
    failure:
      failed_at === null
        ? undefined
        : { at: Number(failed_at), ...(failure_code !== null && { code: String(failure_code) }) },
    failuresInARow: Number(failures),
    // What another instance tells late may have begun before that success.
    ...(failing_since !== null && { failingSince: Math.max(Number(failing_since), Number(succeeded_at ?? 0)) }),
  }
}
