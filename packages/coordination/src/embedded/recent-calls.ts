import { setImmediate } from 'node:timers/promises'
import type { AccountId } from '@mtls-gateway/domain'
import { type CallKind, keptCalls, kindOf, kindsOf, oldestKeptId, readCall, slicesOf } from '../local/rules.ts'
import type { CallEntry, CallQuery, RecentCalls, RecordedCall } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

export const callSchema = `
  CREATE TABLE IF NOT EXISTS recent_call (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, call TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS recent_call_account ON recent_call (account, kind, id);
`

/** Calls per transaction, and rows that one transaction prunes or one statement reads: some milliseconds. */
const batch = 200

/** Recent calls in `runtime.db`. */
export class EmbeddedRecentCalls implements RecentCalls {
  readonly #database: RuntimeDatabase

  constructor(database: RuntimeDatabase) {
    this.#database = database
  }

  async record(entries: readonly CallEntry[]): Promise<void> {
    for (const [index, slice] of slicesOf(entries, batch).entries()) {
      if (index > 0) await setImmediate()
      this.#database.transaction((sql) => insert(sql, slice))
    }
  }

  async of(account: AccountId, query: CallQuery): Promise<readonly RecordedCall[]> {
    // What is recorded between two reads is left out: whoever goes on after the newest that is found would pass it
    // over.
    const end = this.#database.use((sql) => lastId(sql)) + 1
    const before = Math.min(query.before ?? end, end)
    const found: RecordedCall[] = []
    for (const kind of kindsOf(query)) found.push(...(await this.#newest(account, kind, { ...query, before })))
    return found.sort((a, b) => b.id - a.id).slice(0, query.limit)
  }

  async #newest(account: AccountId, kind: CallKind, query: CallQuery): Promise<readonly RecordedCall[]> {
    const after = Math.max(query.after ?? 0, oldestKeptId())
    const found: RecordedCall[] = []
    for (let before = query.before ?? Number.MAX_SAFE_INTEGER; ; ) {
      const rows = this.#database.use((sql) =>
        sql(
          `SELECT id, call FROM recent_call WHERE account = ? AND kind = ? AND id < ? AND id > ?
           ORDER BY id DESC LIMIT ${batch}`,
        ).all(account, kind, before, after),
      )
      for (const { id, call } of rows) {
        const read = readCall(Number(id), String(call), query)
        if (read !== undefined) found.push(read)
      }
      if (rows.length < batch || found.length >= query.limit) return found
      before = Number(rows.at(-1)?.id)
      await setImmediate()
    }
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
