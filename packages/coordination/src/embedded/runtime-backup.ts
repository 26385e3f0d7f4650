import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** What only a running process means: what it has, who it is, what it holds, what it has said, whom it has called. */
const ofTheMoment = [
  ...['nonce_shard', 'presence', 'presence_epoch', 'served_revision', 'lease'],
  ...['notice', 'notice_epoch', 'recent_call'],
]

/**
 * Copies `runtime.db`, also while services use it. Counts of uses are kept. Nonces are not: of the time since then the
 * copy knows nothing, so whoever starts with it refuses claims up to the second of its own start.
 */
export function backUpRuntimeFile(from: string, to: string): void {
  // SQLite would make it with mode 0644; it takes an empty file.
  closeSync(openSync(to, 'wx', 0o600))
  const source = new DatabaseSync(from, { timeout: 10_000, readOnly: true })
  try {
    source.prepare('VACUUM INTO ?').run(to)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(to)
  try {
    // One of an earlier release does not have all of them.
    const present = new Set(copy.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(nameOf))
    for (const table of ofTheMoment) if (present.has(table)) copy.exec(`DELETE FROM ${table}`)
    copy.exec('UPDATE nonce_store SET stopped_cleanly = 0; VACUUM')
  } finally {
    copy.close()
  }
}

function nameOf({ name }: Readonly<Record<string, unknown>>): unknown {
  return name
}
