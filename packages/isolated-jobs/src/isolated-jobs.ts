import type { Serializable } from 'node:child_process'
import { CodedError, shuttingDown } from '@mtls-gateway/domain'
import pLimit, { type LimitFunction } from 'p-limit'
import { type JobLimits, type JobOutcome, JobProcess } from './job-process.ts'

export interface IsolatedJobsOptions {
  /** Path of the script that each process runs: it calls `serveJob`. */
  readonly worker: string
  /** Processes. */
  readonly atOnce: number
  /** Jobs that may wait for one; one more is turned away. */
  readonly maxWaiting: number
  /** What is said to whom is turned away. */
  readonly tooMany: string
}

/** Jobs that are each done by a process of their own, which starts for it and ends with it. */
export class IsolatedJobs<Job extends Serializable, Answer> {
  readonly #options: IsolatedJobsOptions
  readonly #limit: LimitFunction
  readonly #running = new Set<JobProcess<Answer>>()
  #closed = false

  constructor(options: IsolatedJobsOptions) {
    this.#options = options
    this.#limit = pLimit(options.atOnce)
  }

  /** For a job that something precedes. @throws CodedError `TOO_MANY_CALLS` */
  admit(): void {
    const { maxWaiting, tooMany } = this.#options
    if (this.#limit.pendingCount >= maxWaiting) {
      throw new CodedError('TOO_MANY_CALLS', tooMany, { retryAfterSeconds: 5 })
    }
  }

  /** @throws CodedError `TOO_MANY_CALLS`, `SHUTTING_DOWN` */
  async run(job: Job, limits: JobLimits): Promise<JobOutcome<Answer>> {
    this.admit()
    return this.#limit(() => this.#run(job, limits))
  }

  /** Ends every process at once; their jobs and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const each of running) each.end()
    await Promise.all(running.map(({ ended }) => ended))
  }

  async #run(job: Job, limits: JobLimits): Promise<JobOutcome<Answer>> {
    if (this.#closed) throw shuttingDown()
    const process = new JobProcess<Answer>(this.#options.worker, job, limits)
    this.#running.add(process)
    const outcome = await process.ended
    this.#running.delete(process)
    if (this.#closed) throw shuttingDown()
    return outcome
  }
}
