import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Of a running process: what it has, who it is, what it holds, what it has said. */
const ofTheMoment = ['nonce_shard', 'presence', 'served_revision', 'lease', 'notice']

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
    for (const table of ofTheMoment) copy.exec(`DELETE FROM ${table}`)
    copy.exec('UPDATE nonce_store SET stopped_cleanly = 0; VACUUM')
  } finally {
    copy.close()
  }
}
