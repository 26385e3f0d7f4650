import { type Backends, type Env, isOnProduction } from './backends.ts'
import { CrashHook } from './crash-hook.ts'
import type { CrashPlan } from './crash-plan.ts'
import { startCuttingProxy } from './cutting-proxy.ts'

/** What happened to an account since the plan was made. */
export interface AccountWrites {
  readonly done: number
  /** Its point was reached: no further write is done. */
  readonly ended: boolean
}

/** Ends config-api's writes to the store, and those of change notices, in the middle of a request. */
export interface CrashPoint {
  /** Settings of config-api. */
  readonly env: Env
  /** Writes are counted from now on. `kill` is by SIGKILL. */
  arm(plan: CrashPlan, kill: () => Promise<void>): Promise<void>
  writesOf(account: string): Promise<AccountWrites>
  disarm(): Promise<void>
  close(): Promise<void>
}

/** On the embedded backends it is in config-api itself; on Vault and Redis it is at its connections. */
export async function openCrashPoint(backends: Backends, directory: string): Promise<CrashPoint> {
  return isOnProduction() ? startCuttingProxy(backends.env('config-api')) : new CrashHook(directory)
}
