import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { GarbageReport } from '@mtls-gateway/registry'
import type { Env } from './backends.ts'
import { gcCommand } from './entries.ts'

/** What `npm run gc` runs, with its report; whatever is not named goes, however young. Rejects if it has problems. */
export async function collectGarbage(env: Env): Promise<GarbageReport> {
  const args = [gcCommand, '--min-age', '0s', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}
