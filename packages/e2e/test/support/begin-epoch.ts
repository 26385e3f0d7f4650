import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Env } from './backends.ts'
import { adminEntry } from './entries.ts'

export interface EpochReport {
  readonly epoch: string
  readonly previous: string
  readonly forwarders: readonly { readonly instance: string; readonly onEpoch: boolean }[]
  readonly lost: { readonly accounts: readonly { readonly account: string }[] }
  readonly revoked: readonly { readonly appKey: string }[]
}

/** What `mtls-admin store restored` does. Rejects unless every forwarder is on the new epoch. */
export async function beginEpoch(env: Env, ...options: readonly string[]): Promise<EpochReport> {
  const args = [adminEntry, 'store', 'restored', '--json', ...options]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}
