import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { giveWay, type Rank } from './child-priority.ts'
import type { JobMessage } from './messages.ts'
import { workerFlags } from './worker-flags.ts'

export interface JobLimits {
  /** From when it is ready: after this the process is ended if it has not done so itself. */
  readonly limitMs: number
  /** Until it is ready. Default 30 s: on a busy machine, a process of the lowest priority starts slowly. */
  readonly startLimitMs?: number
  /** Default `first`. */
  readonly rank?: Rank
  /** Node's flags of what it may do beside reading its own code: `--allow-child-process`, `--allow-fs-read=…`. */
  readonly permissions?: readonly string[]
  /** Bytes of its standard error that are kept, by and large; nothing is unless given. */
  readonly maxStderrBytes?: number
}

/** What came of a process. */
export interface JobOutcome<Answer> {
  /** Undefined if it ended before it answered. */
  readonly answer: Answer | undefined
  readonly stderr: string
  /** It was ended because `limitMs` were over. */
  readonly late: boolean
}

/** The process of one job. It sees no environment, and may do nothing but read its own code unless it is permitted. */
export class JobProcess<Answer> {
  /** Never rejects. */
  readonly ended: Promise<JobOutcome<Answer>>
  readonly #process: ChildProcess

  constructor(worker: string, job: Serializable, limits: JobLimits) {
    const { rank = 'first', permissions = [], maxStderrBytes = 0 } = limits
    this.#process = fork(worker, {
      env: {},
      execArgv: [...workerFlags(worker), ...permissions],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', maxStderrBytes === 0 ? 'ignore' : 'pipe', 'ipc'],
    })
    giveWay(this.#process.pid, rank)
    this.ended = this.#run(job, limits)
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }

  async #run(job: Serializable, limits: JobLimits): Promise<JobOutcome<Answer>> {
    const { limitMs, startLimitMs = 30_000, maxStderrBytes = 0 } = limits
    let answer: Answer | undefined
    let late = false
    let limit = setTimeout(() => this.end(), startLimitMs)
    // That it is ready. Once: by saying so again, it could live for ever.
    this.#process.once('message', () => {
      clearTimeout(limit)
      limit = setTimeout(() => {
        late = true
        this.end()
      }, limitMs)
      this.#process.send(job, () => undefined) // an error of it is the end of the process, too
    })
    this.#process.on('message', (message: JobMessage<Answer>) => {
      if (message.kind === 'answer') answer = message.answer
    })
    const stderr = this.#collectStderr(maxStderrBytes)
    // It rejects for a process that could not be started: that one never closes.
    await once(this.#process, 'close').catch(() => undefined)
    clearTimeout(limit)
    return { answer, stderr: Buffer.concat(stderr).toString('utf8'), late }
  }

  #collectStderr(maxBytes: number): readonly Buffer[] {
    const pieces: Buffer[] = []
    let bytes = 0
    this.#process.stderr?.on('data', (piece: Buffer) => {
      if (bytes < maxBytes) pieces.push(piece)
      bytes += piece.length
    })
    return pieces
  }
}
