import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from './backends.ts'
import type { CrashAt, CrashPoint } from './crash-point.ts'

const hook = new URL('../fixtures/crash-at-write.ts', import.meta.url).href

/** The process kills itself: a hook in it counts the writes of the embedded adapters. */
export class CrashHook implements CrashPoint {
  readonly env: Env
  readonly #planFile: string

  constructor(directory: string) {
    this.#planFile = join(directory, 'crash-plan.json')
    this.env = { NODE_OPTIONS: `--import=${hook}`, CRASH_PLAN: this.#planFile }
  }

  async arm(at: CrashAt): Promise<void> {
    await writeFile(this.#planFile, JSON.stringify({ id: randomUUID(), ...at }))
  }

  async disarm(): Promise<void> {
    await rm(this.#planFile)
  }

  async close(): Promise<void> {}
}
