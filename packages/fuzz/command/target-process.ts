import { findingsFolder, keepCase, keepNotRepeated, notRepeatedFolder } from '../engine/corpus.ts'
import type { Job, Report } from '../engine/messages.ts'
import { readPresentCase } from '../engine/present-case.ts'
import { type WorkerOptions, WorkerProcess } from './worker-process.ts'

/** Attacks one target in a process of its own, or in one after the other if nothing more is heard of one. */
export class TargetProcess {
  readonly name: string
  /** Sums up all its processes. */
  report: Report = { isDone: false, cases: 0, corpus: 0, reached: '', findings: [], notRepeated: [], notes: [] }
  /** Undefined while it prepares. */
  begunAt: number | undefined
  readonly #job: Omit<Job, 'presentCase'>
  readonly #options: WorkerOptions
  #worker: WorkerProcess | undefined

  constructor(job: Omit<Job, 'presentCase'>, options: WorkerOptions = {}) {
    this.name = job.name
    this.#job = job
    this.#options = options
  }

  /** Until it has ended. A process that broke, or hangs and its successor too, has a finding more: the case at hand. */
  async run(): Promise<void> {
    for (let seed = this.#job.seed; !this.report.isDone; seed++) {
      const before = this.report
      const worker = new WorkerProcess(
        { ...this.#job, seed, seconds: this.#left },
        (report) => {
          this.begunAt ??= performance.now()
          this.report = sum(before, report)
        },
        this.#options,
      )
      this.#worker = worker
      const finding = await worker.ended()
      if (this.report.isDone) return
      if (!worker.hasBegun) throw new Error(`${this.name} could not be prepared; what went wrong is above`)
      const { last } = readPresentCase(worker.presentCase)
      const seen = { target: this.name, finding, remark: '', times: 1 }
      if (!worker.isSilent || (await this.#isStuckAgain(worker.presentCase))) {
        const path = keepCase(findingsFolder(this.name), last)
        this.report = { ...this.report, findings: [...this.report.findings, { ...seen, path }] }
        return
      }
      const path = keepNotRepeated(notRepeatedFolder(this.name), last, finding)
      this.report = {
        ...this.report,
        isDone: this.#left === 0,
        notRepeated: [...this.report.notRepeated, { ...seen, path }],
      }
    }
  }

  kill(): void {
    this.#worker?.kill()
  }

  get #left(): number {
    const past = this.begunAt === undefined ? 0 : (performance.now() - this.begunAt) / 1_000
    return Math.max(0, this.#job.seconds - past)
  }

  /** Whether another process does not get over the same cases. What it finds in them counts, too. */
  async #isStuckAgain(again: string): Promise<boolean> {
    const before = this.report
    let isOver = false
    const onReport = (report: Report) => {
      isOver = report.isDone
      this.report = { ...sum(before, report), isDone: false, corpus: before.corpus, reached: before.reached }
    }
    const worker = new WorkerProcess({ ...this.#job, seconds: 0, grow: false, again }, onReport, this.#options)
    this.#worker = worker
    await worker.ended()
    return worker.hasBegun && !isOver
  }
}

/** The last report of one process, on top of those before it. */
function sum(before: Report, report: Report): Report {
  return {
    ...report,
    cases: before.cases + report.cases,
    findings: [...before.findings, ...report.findings],
    notRepeated: [...before.notRepeated, ...report.notRepeated],
  }
}
