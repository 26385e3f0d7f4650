import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { GarbageReport } from '@mtls-gateway/registry'
import type { Env } from './backends.ts'
import { adminEntry } from './entries.ts'

/** What `mtls-admin gc` does, with its report; what is not named goes, however young. Rejects if it has problems. */
export async function collectGarbage(env: Env): Promise<GarbageReport> {
  const args = [adminEntry, 'gc', '--min-age', '0s', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}
