import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, Report } from '../engine/messages.ts'
import { afterOwnTime } from '../engine/own-time.ts'

/** Longer than any batch takes, with what its targets wait for what has no end. */
const silenceMs = 120_000
/** Until the first word: Go's program may have to be built with all that it imports. */
const preparationMs = 240_000
const engine = join(import.meta.dirname, '../engine/worker.ts')

/** A process with a job. If nothing is heard of it for too long, it is ended. */
export class WorkerProcess {
  readonly presentCase = join(mkdtempSync(join(tmpdir(), 'fuzz-')), 'batch')
  hasBegun = false
  isSilent = false
  readonly #process: ChildProcess
  readonly #silenceMs: number
  #silence: NodeJS.Timeout

  constructor(job: Omit<Job, 'presentCase'>, onReport: (report: Report) => void, options: WorkerOptions = {}) {
    this.#silenceMs = options.silenceMs ?? silenceMs
    this.#process = fork(options.engine ?? engine, {
      ...{ detached: true, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    })
    this.#process.send({ ...job, presentCase: this.presentCase } satisfies Job)
    this.#silence = this.#awaitWord(preparationMs)
    this.#process.on('message', (report: Report) => {
      this.hasBegun = true
      clearInterval(this.#silence)
      this.#silence = this.#awaitWord(this.#silenceMs)
      onReport(report)
    })
  }

  /** @returns how it came to its end */
  async ended(): Promise<string> {
    const [code, signal] = await once(this.#process, 'exit')
    clearInterval(this.#silence)
    this.kill()
    return this.isSilent
      ? `nothing came of a case for ${this.#silenceMs / 1_000} s`
      : `the process ended by ${signal ?? code}`
  }

  /** With all that it has started: services, readers of others. */
  kill(): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  }

  #awaitWord(limitMs: number): NodeJS.Timeout {
    return afterOwnTime(limitMs, () => {
      this.isSilent = true
      this.kill()
    })
  }
}

/** For tests. */
export interface WorkerOptions {
  readonly engine?: string
  readonly silenceMs?: number
}
