import { askedFor, keptCalls, kindOf, oldestKeptId } from '../local/rules.ts'
import type { CallEntry, RecentCalls } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

export const callSchema = `
  CREATE TABLE IF NOT EXISTS recent_call (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, call TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS recent_call_account ON recent_call (account, kind, id);
`

/** Calls per transaction, and half of the rows that one prunes: some milliseconds. */
const batch = 200

export function embeddedRecentCalls(database: RuntimeDatabase): RecentCalls {
  return {
    record: (entries) => database.inTransactions(entries, batch, insert),
    async of(account, query) {
      const before = query.before ?? Number.MAX_SAFE_INTEGER
      const after = Math.max(query.after ?? 0, oldestKeptId())
      const rows = database.use((sql) =>
        sql('SELECT id, call FROM recent_call WHERE account = ? AND id < ? AND id > ?').all(account, before, after),
      )
      const stored = rows.map(({ id, call }) => ({ id: Number(id), json: String(call) }))
      return askedFor(stored, query)
    },
  }
}

/** 0 if there is no call. */
function lastId(sql: Statements): number {
  return Number(sql('SELECT max(id) AS last FROM recent_call').get()?.last ?? 0)
}

function insert(sql: Statements, entries: readonly CallEntry[]): void {
  let id = Math.max(lastId(sql) + 1, Date.now() * 1_000)
  for (const { account, call } of entries) {
    sql('INSERT INTO recent_call (id, account, kind, call) VALUES (?, ?, ?, ?)').run(
      id++,
      account,
      kindOf(call),
      JSON.stringify(call),
    )
  }
  const lists = new Map(entries.map(({ account, call }) => [`${kindOf(call)} ${account}`, { account, call }]))
  for (const { account, call } of lists.values()) {
    const kind = kindOf(call)
    sql(
      `DELETE FROM recent_call WHERE account = ? AND kind = ? AND id <=
       (SELECT id FROM recent_call WHERE account = ? AND kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    ).run(account, kind, account, kind, keptCalls[kind])
  }
  sql(
    `DELETE FROM recent_call WHERE id IN (SELECT id FROM recent_call WHERE id <= ? ORDER BY id LIMIT ${2 * batch})`,
  ).run(oldestKeptId())
}
