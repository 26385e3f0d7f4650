import type { CrashPlan } from '../fixtures/crash-at-write.ts'
import { type Backends, type Env, onProduction } from './backends.ts'
import { CrashHook } from './crash-hook.ts'
import { startCuttingProxy } from './cutting-proxy.ts'

export type CrashAt = Omit<CrashPlan, 'id'>

/** What kills config-api at a write to the store. */
export interface CrashPoint {
  /** Settings of config-api. */
  readonly env: Env
  /** Writes are counted from now on. `kill` is by SIGKILL. */
  arm(at: CrashAt, kill: () => Promise<void>): Promise<void>
  disarm(): Promise<void>
  close(): Promise<void>
}

/** On the embedded store in config-api itself; on Vault at its connection, which breaks with the process. */
export async function openCrashPoint(backends: Backends, directory: string): Promise<CrashPoint> {
  const { VAULT_ADDR } = backends.env('config-api')
  return onProduction && VAULT_ADDR !== undefined ? startCuttingProxy(VAULT_ADDR) : new CrashHook(directory)
}
