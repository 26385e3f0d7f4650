import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findingsFolder, keepCase } from '../engine/corpus.ts'
import type { Job, Report } from '../engine/messages.ts'
import { readPresentCase } from '../engine/present-case.ts'

/** Longer than any case takes on a busy machine. */
const silenceMs = 40_000
/** Until the first report: the Go program may have to be built with everything that it imports. */
const preparationMs = 240_000
const worker = join(import.meta.dirname, '../engine/worker.ts')

/** The process that attacks one target, and its last report. */
export class TargetProcess {
  readonly name: string
  report: Report = { isDone: false, cases: 0, corpus: 0, reached: '', findings: [], notes: [] }
  /** Undefined while it prepares. */
  begunAt: number | undefined
  readonly #process: ChildProcess
  readonly #presentCase = join(mkdtempSync(join(tmpdir(), 'fuzz-')), 'case')
  #silence: NodeJS.Timeout
  #isSilent = false

  constructor(job: Omit<Job, 'presentCase'>) {
    this.name = job.name
    this.#process = fork(worker, { detached: true, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#process.send({ ...job, presentCase: this.#presentCase } satisfies Job)
    this.#silence = this.#awaitWord(preparationMs)
    this.#process.on('message', (report: Report) => {
      this.report = report
      this.begunAt ??= performance.now()
      clearTimeout(this.#silence)
      this.#silence = this.#awaitWord(silenceMs)
    })
  }

  /** Resolves when it has ended. A process that hung or broke has one more finding: the case that it was looking at. */
  async ended(): Promise<void> {
    const [code, signal] = await once(this.#process, 'exit')
    clearTimeout(this.#silence)
    this.kill()
    if (this.report.isDone) return
    if (this.begunAt === undefined) throw new Error(`${this.name} could not be prepared; what went wrong is above`)
    const how = this.#isSilent
      ? `nothing came of a case for ${silenceMs / 1_000} s`
      : `the process ended by ${signal ?? code}`
    const path = keepCase(findingsFolder(this.name), readPresentCase(this.#presentCase))
    const finding = { target: this.name, finding: how, path, times: 1 }
    this.report = { ...this.report, findings: [...this.report.findings, finding] }
  }

  /** Also kills everything that it has started: services, readers of others. */
  kill(): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  }

  #awaitWord(limitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isSilent = true
      this.kill()
    }, limitMs)
  }
}
