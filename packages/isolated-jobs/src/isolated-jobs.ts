import type { Serializable } from 'node:child_process'
import { shuttingDown } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import { type JobLimits, type JobOutcome, JobProcess } from './job-process.ts'

/** Jobs that each have their own process, which starts for it and ends with it. Others decide how many there may be. */
export class IsolatedJobs<Job extends Serializable, Answer> {
  readonly #worker: string
  readonly #running = new Set<JobProcess<Answer>>()
  #closed = false

  /** @param worker path of the script that each process runs: it calls `serveJob` */
  constructor(worker: string) {
    this.#worker = worker
  }

  /** @throws CodedError `SHUTTING_DOWN`; `TOO_MANY_CALLS`: the machine is too busy to start its process in time */
  async run(job: Job, limits: JobLimits): Promise<JobOutcome<Answer>> {
    if (this.#closed) throw shuttingDown()
    const process = new JobProcess<Answer>(this.#worker, job, limits)
    this.#running.add(process)
    const outcome = await process.ended
    this.#running.delete(process)
    if (this.#closed) throw shuttingDown()
    if (process.unready) throw tooBusy()
    return outcome
  }

  /** Ends every process at once; their jobs fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const each of running) each.end()
    await Promise.all(running.map(({ ended }) => ended))
  }
}

function tooBusy(): CodedError {
  const sentence = 'The machine is too busy to start the process that does this. Try again in some seconds.'
  // As with any outage, the operator is told of the cause.
  const cause = new Error('a process did not start in time')
  return new CodedError('TOO_MANY_CALLS', sentence, { retryAfterSeconds: 5, cause })
}
