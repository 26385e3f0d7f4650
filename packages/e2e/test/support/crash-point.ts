import type { CrashPlan } from '../fixtures/crash-at-write.ts'
import { type Backends, type Env, onProduction } from './backends.ts'
import { CrashHook } from './crash-hook.ts'
import { startCuttingProxy } from './cutting-proxy.ts'

export type CrashAt = Omit<CrashPlan, 'id'>

/** What kills config-api at a write: to the store, or of a change notice. */
export interface CrashPoint {
  /** Settings of config-api. */
  readonly env: Env
  /** Writes are counted from now on. `kill` is by SIGKILL. */
  arm(at: CrashAt, kill: () => Promise<void>): Promise<void>
  disarm(): Promise<void>
  close(): Promise<void>
}

/** On the embedded backends in config-api itself; on Vault and Redis at its connection, which breaks with the process. */
export async function openCrashPoint(backends: Backends, directory: string): Promise<CrashPoint> {
  return onProduction ? startCuttingProxy(backends.env('config-api')) : new CrashHook(directory)
}
