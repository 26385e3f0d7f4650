import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArmedPlan } from '../fixtures/crash-at-write.ts'
import type { Env } from './backends.ts'
import type { CrashPlan } from './crash-plan.ts'
import type { AccountWrites, CrashPoint } from './crash-point.ts'

const hook = new URL('../fixtures/crash-at-write.ts', import.meta.url).href

/** Works in the process itself: a hook counts the writes of the embedded adapters, and notes them in a file. */
export class CrashHook implements CrashPoint {
  readonly env: Env
  readonly #directory: string
  readonly #planFile: string
  #log = ''

  constructor(directory: string) {
    this.#directory = directory
    this.#planFile = join(directory, 'crash-plan.json')
    this.env = { NODE_OPTIONS: `--import=${hook}`, CRASH_PLAN: this.#planFile }
  }

  async arm(plan: CrashPlan): Promise<void> {
    this.#log = join(this.#directory, `writes-${randomUUID()}`)
    const armed: ArmedPlan = { ...plan, log: this.#log }
    await writeFile(`${this.#planFile}.new`, JSON.stringify(armed))
    await rename(`${this.#planFile}.new`, this.#planFile)
  }

  async writesOf(account: string): Promise<AccountWrites> {
    const lines = existsSync(this.#log) ? (await readFile(this.#log, 'utf8')).split('\n') : []
    return {
      done: lines.filter((line) => line === `${account} done`).length,
      ended: lines.includes(`${account} ended`),
    }
  }

  async disarm(): Promise<void> {
    await rm(this.#planFile)
  }

  async close(): Promise<void> {}
}
