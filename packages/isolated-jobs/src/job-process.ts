import type { Serializable } from 'node:child_process'
import { giveWay, type Rank } from './child-priority.ts'
import type { JobMessage, Message } from './messages.ts'
import { workerFlags } from './worker-flags.ts'
import { WorkerProcess } from './worker-process.ts'

export interface JobLimits {
  /** From when it is ready: after this the process is ended if it has not done so itself. */
  readonly limitMs: number
  /** Until it is ready. Default 30 s: on a busy machine, a process of the lowest priority starts slowly. */
  readonly startLimitMs?: number
  /** Default `first`. */
  readonly rank?: Rank
  /** Node's flags of what it may do beside reading its own code: `--allow-child-process`, `--allow-fs-read=…`. */
  readonly permissions?: readonly string[]
}

/** What came of a process. */
export interface JobOutcome<Answer> {
  /** Undefined if it ended before it answered. */
  readonly answer: Answer | undefined
  /** It was ended because `limitMs` were over. */
  readonly late: boolean
}

/** The process of one job. It sees no environment, and may do nothing but read its own code unless it is permitted. */
export class JobProcess<Answer> {
  /** Never rejects. */
  readonly ended: Promise<JobOutcome<Answer>>
  readonly #process: WorkerProcess
  readonly #job: Serializable
  readonly #limits: JobLimits
  #limit: NodeJS.Timeout
  #due: 'ready' | 'answer' | undefined = 'ready'
  /** What did not come in time. */
  #late: 'ready' | 'answer' | undefined
  #answer: Answer | undefined

  constructor(worker: string, job: Serializable, limits: JobLimits) {
    const { rank = 'first', permissions = [], startLimitMs = 30_000 } = limits
    this.#job = job
    this.#limits = limits
    this.#process = new WorkerProcess(worker, {
      flags: [...workerFlags(worker), ...permissions],
      received: (message) => this.#received(message),
    })
    giveWay(this.#process.pid, rank)
    this.#limit = this.#endWithout('ready', startLimitMs)
    this.ended = this.#outcome()
  }

  /** It could not be started, or not within `startLimitMs`. It had no job yet, so that is the machine's doing. */
  get unready(): boolean {
    return this.#late === 'ready' || this.#process.pid === undefined
  }

  end(): void {
    this.#process.end()
  }

  async #outcome(): Promise<JobOutcome<Answer>> {
    await this.#process.closed
    clearTimeout(this.#limit)
    return { answer: this.#answer, late: this.#late === 'answer' }
  }

  /** Each message is due once: by saying again that it is ready, a process could live for ever. */
  #received(message: Message): boolean {
    if (message.kind !== this.#due) return false
    if (message.kind === 'ready') this.#begin()
    else this.#accept(message)
    return true
  }

  #begin(): void {
    this.#due = 'answer'
    clearTimeout(this.#limit)
    this.#limit = this.#endWithout('answer', this.#limits.limitMs)
    this.#process.send(this.#job)
  }

  /** An answer is late, too, if the process goes on after it. */
  #endWithout(what: 'ready' | 'answer', ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#late = what
      this.end()
    }, ms)
  }

  #accept(message: Message): void {
    this.#due = undefined
    // What is in the answer is the worker's word: who asked for it reads it as such.
    this.#answer = (message as JobMessage<Answer> & { readonly kind: 'answer' }).answer
  }
}
