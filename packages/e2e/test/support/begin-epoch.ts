import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Env } from './backends.ts'
import { storeRestoredCommand } from './entries.ts'

export interface EpochReport {
  readonly epoch: string
  readonly previous: string | null
  readonly forwarders: readonly { readonly instance: string; readonly onEpoch: boolean }[] | null
}

/** What `npm run store:restored` runs. Rejects unless every forwarder is on the new epoch. */
export async function beginEpoch(env: Env): Promise<EpochReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [storeRestoredCommand, '--json'], { env })
  return JSON.parse(stdout)
}
