import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@mtls-gateway/test-kit/temporary-folder'

/**
 * Gives what tests and the processes they start write to `tmpdir()` a folder of this run, in memory where that has
 * room. The folder goes when this process ends, with all that tests have left there.
 */
export function keepFilesOfRun(): void {
  // Short, as the path of a socket has at most 108 bytes.
  const folder = mkdtempSync(join(temporaryFolder(), 'run-'))
  // What a test gives to another user has to be within reach.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  // Some processes may still write there.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
}
